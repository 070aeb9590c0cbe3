"""Notifications to all processes on one PostgreSQL database; no-ops on SQLite."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, func, text

from bot.store.db.postgres import is_shared
from bot.store.db.reconnect import connect, notifications, retry_forever

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

Channel = Literal["work", "settings", "preferences", "log-level"]
Listeners = Mapping[Channel, Callable[[str], object]]
"""A callback for each channel; it gets the payload, and "" whenever notifications may have been missed."""

# Channels are scoped to one database, so the bot's own has no others.
_CHANNELS: dict[Channel, str] = {
    "work": "jimeng_work",
    "settings": "jimeng_settings",
    "preferences": "jimeng_preferences",
    "log-level": "jimeng_log_level",
}
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
_PING_INTERVAL = 30.0
"""Seconds of silence after which the listener's connection is checked."""


def notify(connection: Connection, channel: Channel = "work", payload: str = "") -> None:
    """Notify every process when the transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY, {"channel": _CHANNELS[channel], "payload": payload})


def work_notification() -> ColumnElement[str]:
    """Return a column that notifies every process of new work, which saves PostgreSQL a statement."""
    return func.pg_notify(_CHANNELS["work"], "")


@asynccontextmanager
async def listen(engine: Engine, listeners: Listeners) -> AsyncGenerator[None]:
    """Call ``listeners`` for notifications of any process, and each with "" after every (re)connection."""
    if not is_shared(engine):
        yield
        return
    task = asyncio.create_task(_run_listener(engine, listeners), name="listener")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _run_listener(engine: Engine, listeners: Listeners) -> None:
    import psycopg

    callbacks = {_CHANNELS[channel]: callback for channel, callback in listeners.items()}

    async def subscribe() -> psycopg.AsyncConnection[Any]:
        connection = await connect(engine, "jimeng-bot listener")
        try:
            for channel in callbacks:
                await connection.execute(f"LISTEN {channel}".encode())
        except BaseException:
            await connection.close()
            raise
        return connection

    while True:
        async with await retry_forever(engine, subscribe) as connection:
            for callback in callbacks.values():
                callback("")
            try:
                async for notice in notifications(connection, ping=_PING_INTERVAL):
                    callbacks[notice.channel](notice.payload)
            except (psycopg.Error, OSError) as error:
                # An outage is logged by whatever can't connect again.
                log.debug("the connection for database notifications failed (%s)", type(error).__name__)
