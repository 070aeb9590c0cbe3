"""Transactions that are retried when the connection fails; reads never wait for writers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.db import postgres

_T = TypeVar("_T")
RETRY_SHORT, RETRY_LONG = 1.0, 20.0
"""Seconds of retrying: where a user waits for a reply, and where the work must not be lost."""
_WRITERS = "writers"


def limit_writers(engine: AsyncEngine, most: int) -> AsyncEngine:
    """Limit concurrent write transactions; the engine's other connections are left to reads."""
    return engine.execution_options(**{_WRITERS: asyncio.Semaphore(most)})


async def write(
    engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[_T]], *, retry_for: float = RETRY_SHORT
) -> _T:
    """Run ``work`` in a transaction; it must be idempotent, as it may be retried."""

    async def attempt() -> _T:
        async with engine.get_execution_options()[_WRITERS], engine.begin() as connection:
            return await work(connection)

    return await _retry(engine, attempt, retry_for)


async def read(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
    """Run ``work`` that only reads, concurrently with writers."""

    async def attempt() -> _T:
        async with engine.connect() as connection:
            # PostgreSQL refuses writes in it.
            await connection.execution_options(postgresql_readonly=True)
            return await work(connection)

    return await _retry(engine, attempt, RETRY_SHORT)


async def _retry(engine: AsyncEngine, attempt: Callable[[], Awaitable[_T]], retry_for: float) -> _T:
    loop, pause = asyncio.get_running_loop(), 0.05
    deadline: float | None = None
    while True:
        try:
            return await attempt()
        except DBAPIError as error:
            # Counted from the first failure: before it, the process may have been suspended.
            deadline = deadline or loop.time() + retry_for
            if (
                not (postgres.is_shared(engine) and postgres.is_connection_failure(error))
                or loop.time() + pause > deadline
            ):
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, 1.0)
