"""What many processes on one PostgreSQL need and one process on SQLite doesn't: turns, and news."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

from sqlalchemy import func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = logging.getLogger(__name__)

Turn = Literal["migrate", "accept"]
News = Literal["work", "settings", "preferences"]
Ears = Mapping[News, Callable[[str], object]]
"""Who is told of which news; what it is about, as far as it was said, and "" after a cut of the line."""

# Advisory locks and channels belong to one database, so these numbers meet nobody else's in the bot's own.
_LOCKS: dict[Turn, int] = {"migrate": 7_305_001, "accept": 7_305_002}
_CHANNELS: dict[News, str] = {
    "work": "jimeng_work",
    "settings": "jimeng_settings",
    "preferences": "jimeng_preferences",
}
_SWEEP = 7_305_003
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:lock)")
NO_WAIT_FOR_DISK = func.set_config("synchronous_commit", "off", True)
"""Read with a transaction that may be lost with the server's last moment, as it is then made again."""
_ANNOUNCE = text("SELECT pg_notify(:channel, :about)")
_SILENCE = 30.0
"""Seconds after which a silent connection is asked whether it is still there."""
_LINE = {
    "application_name": "jimeng-bot",
    "connect_timeout": "10",
    # A server that is gone without a word is found out within half a minute.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_BE_IMPATIENT = """
    SELECT set_config('idle_in_transaction_session_timeout', '5s', false)
    WHERE current_setting('idle_in_transaction_session_timeout') = '0'
"""
_PATIENCE_ENDED = "25P03"
"""SQLSTATE of a transaction that was idle for longer than that."""


def never_silent(address: URL) -> URL:
    """Add how long to wait for a server that says nothing, where the address doesn't say."""
    return address.set(query={**_LINE, **address.query})


def wait_for_no_idler(connection: Any, _record: object) -> None:
    """Let the server end transactions in which nothing is asked, where nobody has set how soon.

    A process that stands still, or whose machine is gone, would keep its locks from all others.
    """
    cursor = connection.cursor()
    # Not a parameter of the start, which poolers refuse.
    cursor.execute(_BE_IMPATIENT)
    cursor.close()
    connection.commit()


def is_cut(error: DBAPIError) -> bool:
    """Whether the line is to blame, or the database that is away, and not the work."""
    return isinstance(error, OperationalError) or getattr(error.orig, "sqlstate", "") == _PATIENCE_ENDED


def is_shared(engine: AsyncEngine) -> bool:
    """Whether other processes may work on the same database."""
    return engine.dialect.name == "postgresql"


async def take_turn(connection: AsyncConnection, turn: Turn) -> None:
    """Let one transaction at a time do this, over all processes; the lock goes with the transaction."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_TAKE_TURN, {"lock": _LOCKS[turn]})


@asynccontextmanager
async def sweeping(engine: AsyncEngine) -> AsyncGenerator[bool]:
    """Say whether no other process sweeps, and keep the others from it for as long as this lasts."""
    if not is_shared(engine):
        yield True
        return
    async with engine.connect() as connection:
        # Outside of any transaction, which would stay open all the while.
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        alone = bool(await connection.scalar(select(func.pg_try_advisory_lock(_SWEEP))))
        try:
            yield alone
        finally:
            if alone:
                await connection.execute(select(func.pg_advisory_unlock(_SWEEP)))


async def announce(connection: AsyncConnection, news: News = "work", about: str = "") -> None:
    """Tell every process, once the transaction is committed, the news and what they are about."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_ANNOUNCE, {"channel": _CHANNELS[news], "about": about})


@asynccontextmanager
async def listening(engine: AsyncEngine, ears: Ears) -> AsyncGenerator[None]:
    """Let ``ears`` hear what any process announces, and all of them after each time the line was cut."""
    if not is_shared(engine):
        yield
        return
    task = asyncio.create_task(_listen(engine, ears), name="listener")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(engine: AsyncEngine, ears: Ears) -> None:
    import psycopg

    _, where = engine.dialect.create_connect_args(engine.url)
    how: dict[str, Any] = {**where, "autocommit": True, "application_name": "jimeng-bot listener"}
    heard = {_CHANNELS[news]: ear for news, ear in ears.items()}
    pause = 0.05
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**how) as connection:
                for channel in heard:
                    await connection.execute(f"LISTEN {channel}".encode())
                pause = 0.05
                for ear in heard.values():
                    ear("")
                while True:
                    async for notice in connection.notifies(timeout=_SILENCE):
                        heard[notice.channel](notice.payload)
                    await connection.execute("SELECT 1")
        except (psycopg.Error, OSError) as error:
            log.warning("the database's news are cut off (%s); trying again", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)
