"""Opens the database and brings its tables up to date."""

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
from bot.store.db.postgres import is_shared, never_silent, take_turn, wait_for_no_idler
from bot.store.db.transactions import with_writers

_OLDEST_POSTGRES = (14,)
_MIGRATIONS = Path(__file__).parents[1] / "migrations"


class DatabaseInUse(OperatorError):
    """Report that another process works on the SQLite file, which takes one at a time."""


@asynccontextmanager
async def open_engine(url: str) -> AsyncGenerator[AsyncEngine]:
    """Open the database at ``url`` with its newest tables; raise ``OperatorError`` when it can't be."""
    address = make_url(url)
    with _sole_process(address):
        engine = _postgres(address) if address.get_backend_name() == "postgresql" else _sqlite(address)
        try:
            await _bring_up_to_date(engine)
            yield engine
        finally:
            await engine.dispose()


@contextmanager
def _sole_process(address: URL) -> Generator[None]:
    """Keep every other process off an SQLite file: two of them would draw each other's jobs again."""
    if address.get_backend_name() != "sqlite" or not address.database:
        yield
        return
    file = Path(address.database)
    # Not ``with``: what fails while the database is open isn't a failure to open it.
    lock = process_lock.held(file.with_name(f"{file.name}.lock"))
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
    event.listen(engine.sync_engine, "connect", _make_durable)
    # SQLite has one writer, and taking turns here never meets "database is locked".
    return with_writers(engine, 1)


def _postgres(address: URL) -> AsyncEngine:
    try:
        engine = create_async_engine(
            never_silent(address), pool_size=5, max_overflow=0, pool_timeout=10, pool_pre_ping=True
        )
    except ModuleNotFoundError as error:
        raise OperatorError(
            "PostgreSQL needs one more package: pip install jimeng-discord[postgres]"
        ) from error
    event.listen(engine.sync_engine, "connect", wait_for_no_idler)
    # Writers often wait for each other's turn, in the database.
    return with_writers(engine, 3)


def _make_durable(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def _bring_up_to_date(engine: AsyncEngine) -> None:
    try:
        async with engine.begin() as connection:
            version: tuple[int | str, ...] = connection.dialect.server_version_info or ()
            if is_shared(engine) and version < _OLDEST_POSTGRES:
                found = ".".join(map(str, version))
                raise OperatorError(f"PostgreSQL {found} is too old: 14 is the oldest that works")
            # Several processes may start at once; the second finds everything done.
            await take_turn(connection, "migrate")
            await connection.run_sync(_migrate)
    except DBAPIError as error:
        raise OperatorError(f"the database can't be opened: {error.orig}") from error
    except (SQLAlchemyError, OSError) as error:
        raise OperatorError(f"the database can't be opened: {error}") from error


def _migrate(connection: Connection) -> None:
    newest = max(file.stem.partition("_")[0] for file in _MIGRATIONS.glob("versions/0*.py"))
    if _revision(connection) == newest:
        return
    # Only now, as it takes a quarter of a start's time and some memory for good.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """Return which migration was the last that this database saw."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))
