"""Opens the database and migrates it to the newest schema."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.domain.errors import OperatorError
from bot.store.db.pooler import POOLER_REFUSED, is_refused_by_pooler, refuse_transaction_pooler
from bot.store.db.postgres import (
    acquire_lock,
    configure_session,
    is_connection_failure,
    is_shared,
    with_timeouts,
)
from bot.store.db.redaction import redact
from bot.store.db.schema.indexes import build_indexes
from bot.store.db.schema.migration import migrate
from bot.store.db.threads import TransactionThreads
from bot.store.db.transactions import configure_engine, threads_of

_OLDEST_POSTGRES = (14,)
_SQLITE_CONNECTIONS, _POSTGRES_CONNECTIONS = 4, 5
_JSON = json.JSONDecoder()
_LIMIT_LOCK_WAIT = text("SET LOCAL lock_timeout = '10s'")
# An automatic index is built from a whole table, each time.
_PRAGMAS = ("busy_timeout=5000", "secure_delete=ON", "automatic_index=OFF")


class DatabaseInUse(OperatorError):
    """Report that another process uses the SQLite file, which allows one at a time."""

    retry = True


class DatabaseUnavailable(OperatorError):
    """Report that the database server can't be reached now."""

    retry = True


@asynccontextmanager
async def open_engine(url: str, *, durable: bool = True) -> AsyncGenerator[Engine]:
    """Open the database at ``url`` and migrate it; raise ``OperatorError`` if that fails.

    Unless ``durable``, an SQLite commit doesn't wait for the disk, and a power failure may lose it.
    """
    address = make_url(url)
    with exclusive_access(address):
        async with connected_engine(address, durable=durable) as engine:
            await _prepare(engine)
            yield engine


@asynccontextmanager
async def connected_engine(address: URL, *, durable: bool = True) -> AsyncGenerator[Engine]:
    """Yield an engine for a database that may have to be migrated first; connections are opened as needed."""
    shared = address.get_backend_name() == "postgresql"
    engine = _postgres(address) if shared else _sqlite(address, durable)
    threads = TransactionThreads(
        _POSTGRES_CONNECTIONS if shared else _SQLITE_CONNECTIONS,
        # PostgreSQL's writers mostly wait for each other's locks, in the database. SQLite has one writer;
        # queueing here avoids "database is locked".
        writers=3 if shared else 1,
        # As when the others hang in a dead server.
        max_wait=10.0 if shared else 30.0,
    )
    configure_engine(engine, threads)
    try:
        yield engine
    finally:
        await threads.close(engine.dispose)


@contextmanager
def exclusive_access(address: URL) -> Generator[None]:
    """Lock an SQLite file against other processes, which would run each other's jobs again."""
    if address.get_backend_name() != "sqlite" or not address.database:
        yield
        return
    file = Path(address.database)
    lock_file = file.with_name(f"{file.name}.lock")
    # A soft lock, which is a mere file, would outlive a killed process.
    lock = FileLock(lock_file, timeout=0, fallback_to_soft=False)
    try:
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        # In a folder that isn't writable, filelock would report a lock held by another process.
        lock_file.touch()
        lock.acquire()
    except Timeout as error:
        raise DatabaseInUse(f"another process works on this database: {file}") from error
    except (OSError, NotImplementedError) as error:
        raise OperatorError(f"the database can't be opened: {error}") from error
    try:
        yield
    finally:
        lock.release()


# Parameters are prompts, interaction tokens and addresses of results: they aren't told with errors.
def _sqlite(address: URL, durable: bool) -> Engine:
    engine = create_engine(
        address.set(drivername="sqlite"),
        json_deserializer=_load_json,
        hide_parameters=True,
        pool_size=_SQLITE_CONNECTIONS,
        max_overflow=0,
        pool_use_lifo=True,
    )
    # What can be shrunk in steps must be so from its first page on.
    pragmas = (
        "auto_vacuum=INCREMENTAL",
        "journal_mode=WAL",
        f"synchronous={'FULL' if durable else 'OFF'}",
        *_PRAGMAS,
    )
    event.listen(engine, "connect", partial(_set_pragmas, pragmas))
    return engine


def _postgres(address: URL) -> Engine:
    try:
        engine = create_engine(
            with_timeouts(address.set(drivername="postgresql+psycopg")),
            hide_parameters=True,
            pool_size=_POSTGRES_CONNECTIONS,
            max_overflow=0,
            # Not checked before use, which takes as long as a statement: a transaction whose connection has
            # failed is repeated with a new one.
            pool_timeout=10,
        )
    except ModuleNotFoundError as error:
        raise OperatorError(
            "PostgreSQL needs one more package: pip install jimeng-discord[postgres]"
        ) from error
    event.listen(engine, "connect", configure_session)
    return engine


def _load_json(text: str) -> object:
    """Decode a stored value; ``json.loads`` takes twice as long, as it also looks for spaces around it."""
    if text == "[]":  # what most columns of most jobs hold
        return []
    return _JSON.raw_decode(text)[0]


def _set_pragmas(pragmas: Sequence[str], connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def _prepare(engine: Engine) -> None:
    """Check that the database can be used, and migrate it."""

    def prepare() -> None:
        if is_shared(engine):
            refuse_transaction_pooler(engine)
        with engine.begin() as connection:
            _migrate(connection)
        build_indexes(engine)

    try:
        await threads_of(engine).write(prepare)
    except DBAPIError as error:
        if is_refused_by_pooler(error):
            raise OperatorError(POOLER_REFUSED) from error
        # The driver reports a wrong password as a failure of the connection, too.
        away = is_shared(engine) and is_connection_failure(error) and "auth" not in str(error.orig)
        failure = DatabaseUnavailable if away else OperatorError
        raise failure(f"the database can't be opened: {redact(error.orig, engine.url)}") from error
    except (SQLAlchemyError, OSError) as error:
        raise OperatorError(f"the database can't be opened: {redact(error, engine.url)}") from error


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        version: tuple[int | str, ...] = connection.dialect.server_version_info or ()
        if version < _OLDEST_POSTGRES:
            found = ".".join(map(str, version))
            raise OperatorError(f"PostgreSQL {found} is too old: 14 is the oldest that works")
    # Several processes may start at once; the others find it migrated.
    acquire_lock(connection, "migrate")
    if connection.dialect.name == "postgresql":
        # A table that is in use makes this start fail, rather than everyone wait behind the migration.
        connection.execute(_LIMIT_LOCK_WAIT)
    migrate(connection)
