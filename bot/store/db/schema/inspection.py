"""Examines a database without changing anything: no migration, no new file, no lock."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.domain.errors import OperatorError
from bot.store.db.clock import MAX_OFFSET, describe_offset, measure_offset
from bot.store.db.engine import connected_engine
from bot.store.db.redaction import redact
from bot.store.db.schema.migration import (
    check_revision,
    newest_revision,
    read_revision,
    read_sqlite_revision,
    revisions,
)
from bot.store.db.transactions import read_once


async def inspect_database(url: str) -> str:
    """Describe the database in a few words; raise ``OperatorError`` where the bot couldn't use it."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _inspect_sqlite(Path(address.database or ""))
    return await _inspect_postgres(address)


async def pending_migrations(url: str) -> list[str]:
    """Return the migrations that the next start would apply; raise ``OperatorError``, and change nothing."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        revision = _sqlite_revision(Path(address.database or ""))
    else:
        revision, _ = await _postgres_state(address)
    check_revision(revision or newest_revision())
    return sorted(each for each in revisions() if each > (revision or ""))


def _inspect_sqlite(file: Path) -> str:
    if not file.exists():
        folder = next(folder for folder in file.absolute().parents if folder.exists())
        if not folder.is_dir():
            raise OperatorError(f"the database can't be created: {folder} is no folder")
        _require_writable(folder)
        return "will be created at the first start"
    _require_writable(file)
    return _describe(_sqlite_revision(file))


def _sqlite_revision(file: Path) -> str | None:
    """Return the schema of a database; None if it has none, or there is no file."""
    if not file.exists():
        return None
    # Without a running bot the file is complete, and opening its journal would create files.
    mode = "mode=ro" if file.with_name(f"{file.name}-shm").exists() else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?{mode}", uri=True, timeout=5)) as database:
            return read_sqlite_revision(database)
    except sqlite3.Error as error:
        raise OperatorError(f"the database can't be opened: {error}") from error


def _require_writable(path: Path) -> None:
    if not os.access(path, os.W_OK):
        raise OperatorError(f"this user may not write to {path}")


async def _inspect_postgres(address: URL) -> str:
    revision, offset = await _postgres_state(address)
    state = _describe(revision)
    if offset is not None and abs(offset) > MAX_OFFSET:
        return f"{state}; but {describe_offset(offset)}: set up NTP on both machines"
    return state


async def _postgres_state(address: URL) -> tuple[str | None, float | None]:
    """Return the schema, and the clock's offset from this machine's."""

    def inspect(connection: Connection) -> tuple[str | None, float | None]:
        return read_revision(connection), measure_offset(connection, time.time)

    try:
        async with connected_engine(address) as engine:
            return await read_once(engine, inspect)
    except DBAPIError as error:
        raise OperatorError(f"the database can't be opened: {redact(error.orig, address)}") from error
    except (SQLAlchemyError, OSError) as error:
        raise OperatorError(f"the database can't be opened: {redact(error, address)}") from error


def _describe(revision: str | None) -> str:
    if revision is None:
        return "is empty; its tables will be created at the first start"
    check_revision(revision)
    if revision == newest_revision():
        return "can be opened and is up to date"
    return "can be opened and will be migrated at the next start"
