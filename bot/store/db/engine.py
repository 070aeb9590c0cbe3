"""Opens the database and migrates it to the newest schema."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.domain.errors import OperatorError
from bot.store.db import process_lock
from bot.store.db.postgres import acquire_lock, is_shared, limit_idle_transactions, with_timeouts
from bot.store.db.transactions import limit_writers

_OLDEST_POSTGRES = (14,)
_MIGRATIONS = Path(__file__).parents[1] / "migrations"


class DatabaseInUse(OperatorError):
    """Report that another process uses the SQLite file, which allows one at a time."""


@asynccontextmanager
async def open_engine(url: str) -> AsyncGenerator[AsyncEngine]:
    """Open the database at ``url`` and migrate it; raise ``OperatorError`` if that fails."""
    address = make_url(url)
    with _exclusive_access(address):
        engine = _postgres(address) if address.get_backend_name() == "postgresql" else _sqlite(address)
        try:
            await _migrate_to_newest(engine)
            yield engine
        finally:
            await engine.dispose()


@contextmanager
def _exclusive_access(address: URL) -> Generator[None]:
    """Lock an SQLite file against other processes, which would run each other's jobs again."""
    if address.get_backend_name() != "sqlite" or not address.database:
        yield
        return
    file = Path(address.database)
    # Not ``with``: an error raised while the database is open isn't a failure to open it.
    lock = process_lock.hold(file.with_name(f"{file.name}.lock"))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.__enter__()
    except BlockingIOError as error:
        raise DatabaseInUse(f"another process works on this database: {file}") from error
    except OSError as error:
        raise OperatorError(f"the database can't be opened: {error}") from error
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def _sqlite(address: URL) -> AsyncEngine:
    engine = create_async_engine(address, pool_size=4, max_overflow=0, pool_use_lifo=True)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    # SQLite has one writer; queueing here avoids "database is locked".
    return limit_writers(engine, 1)


def _postgres(address: URL) -> AsyncEngine:
    try:
        engine = create_async_engine(
            with_timeouts(address), pool_size=5, max_overflow=0, pool_timeout=10, pool_pre_ping=True
        )
    except ModuleNotFoundError as error:
        raise OperatorError(
            "PostgreSQL needs one more package: pip install jimeng-discord[postgres]"
        ) from error
    event.listen(engine.sync_engine, "connect", limit_idle_transactions)
    # Writers mostly wait for each other's locks, in the database.
    return limit_writers(engine, 3)


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def _migrate_to_newest(engine: AsyncEngine) -> None:
    try:
        async with engine.begin() as connection:
            version: tuple[int | str, ...] = connection.dialect.server_version_info or ()
            if is_shared(engine) and version < _OLDEST_POSTGRES:
                found = ".".join(map(str, version))
                raise OperatorError(f"PostgreSQL {found} is too old: 14 is the oldest that works")
            # Several processes may start at once; the others find it migrated.
            await acquire_lock(connection, "migrate")
            await connection.run_sync(_migrate)
    except DBAPIError as error:
        raise OperatorError(f"the database can't be opened: {error.orig}") from error
    except (SQLAlchemyError, OSError) as error:
        raise OperatorError(f"the database can't be opened: {error}") from error


def _migrate(connection: Connection) -> None:
    newest = max(file.stem.partition("_")[0] for file in _MIGRATIONS.glob("versions/0*.py"))
    if _revision(connection) == newest:
        return
    # Imported here: it takes a quarter of the start-up time, and memory that is never freed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """Return the last migration that was applied."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))
