"""Opens dedicated PostgreSQL connections, retrying with growing pauses while the database is unavailable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Engine
from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential

from bot.store.db.transactions import outage_log

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Notify

_T = TypeVar("_T")


async def connect(engine: Engine, application_name: str) -> AsyncConnection[Any]:
    """Open a connection of its own to an engine's database, in autocommit mode."""
    import psycopg

    _, arguments = engine.dialect.create_connect_args(engine.url)
    options: dict[str, Any] = {**arguments, "autocommit": True, "application_name": application_name}
    return await psycopg.AsyncConnection.connect(**options)


async def notifications(connection: AsyncConnection[Any], *, ping: float) -> AsyncGenerator[Notify]:
    """Yield notifications until the connection fails, which is checked after ``ping`` seconds of silence."""
    while True:
        # Not with a timeout: psycopg would wake up ten times a second.
        async for notice in connection.notifies(timeout=0):
            yield notice
        if not await _has_data(connection, ping):
            await connection.execute(b"SELECT 1")


async def _has_data(connection: AsyncConnection[Any], seconds: float) -> bool:
    """Wait for data or for the end of a connection; False after so many seconds."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    file = connection.fileno()
    loop.add_reader(file, ready.set)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await ready.wait()
    finally:
        loop.remove_reader(file)
    return ready.is_set()


async def retry_forever(engine: Engine, open_: Callable[[], Awaitable[_T]]) -> _T:
    """Repeat ``open_`` until it succeeds; the outage is logged once."""
    import psycopg

    outage, failures = outage_log(engine), (psycopg.Error, OSError)

    async def reported() -> _T:
        try:
            opened = await open_()
        except failures as error:
            outage.failed(error)
            raise
        outage.succeeded()
        return opened

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(failures), wait=wait_exponential(multiplier=0.05, max=2)
    )
    return await retrying(reported)
