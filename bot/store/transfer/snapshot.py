"""Reads a database as it is at one moment."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.domain.errors import OperatorError
from bot.store.db.redaction import redact
from bot.store.db.schema.migration import newest_revision, read_revision


@contextmanager
def snapshot(engine: Engine) -> Generator[Connection]:
    """Open a transaction that sees one moment of an up-to-date database; raise ``OperatorError``."""
    try:
        with engine.connect() as connection:
            connection.execution_options(isolation_level=_isolation(engine), postgresql_readonly=True)
            _require_newest(connection)
            yield connection
    except DBAPIError as error:
        raise OperatorError(f"the database can't be read: {redact(error.orig, engine.url)}") from error
    except SQLAlchemyError as error:
        raise OperatorError(f"the database can't be read: {redact(error, engine.url)}") from error


def _isolation(engine: Engine) -> str:
    return "REPEATABLE READ" if engine.dialect.name == "postgresql" else "SERIALIZABLE"


def _require_newest(connection: Connection) -> None:
    revision = read_revision(connection)
    if revision is None:
        raise OperatorError("the database to copy is empty")
    if revision != newest_revision():
        raise OperatorError(
            f"the database isn't up to date (its schema is {revision}): run “jimeng-bot migrate” first"
        )
