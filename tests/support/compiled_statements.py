"""Lets the engines of a process share their compiled statements: most of what a new engine costs."""

from __future__ import annotations

from functools import wraps
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

from bot.store.db import engine as engines


def share_compiled_statements() -> None:
    """Give every engine that the bot creates from now on the same cache.

    Statements are found in it by their dialect; those of the same class and server are equal then.
    """
    cache = LRUCache[Any, Any](5000)
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        patched: Any = dialect
        patched.__eq__, patched.__hash__ = _are_equal, _hash
    create = engines.create_engine

    @wraps(create)
    def create_sharing(*arguments: Any, **options: Any) -> Engine:
        engine = create(*arguments, **options)
        engine._compiled_cache = cache  # pyright: ignore[reportPrivateUsage]
        return engine

    patched = engines
    patched.create_engine = create_sharing


def _are_equal(one: Dialect, other: object) -> bool:
    return type(one) is type(other) and _settings(one) == _settings(other)


def _hash(dialect: Dialect) -> int:
    return hash(type(dialect))


def _settings(dialect: Any) -> tuple[object, ...]:
    """Return what a dialect is told or reads from its server, as far as statements depend on it."""
    names = ("server_version_info", "default_schema_name", "_json_serializer", "_json_deserializer")
    return tuple(getattr(dialect, name, None) for name in names)
