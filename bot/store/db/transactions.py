"""Work in one transaction, done again where the line to the database was cut; reading waits for no writer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.db import postgres

_T = TypeVar("_T")
SHORT, LONG = 1.0, 20.0
"""Seconds for which work is tried again: where somebody waits for a word, and where it must not be lost."""
_WRITERS = "writers"


def with_writers(engine: AsyncEngine, most: int) -> AsyncEngine:
    """Let so many transactions write at once; the engine's other connections are for those who only read."""
    return engine.execution_options(**{_WRITERS: asyncio.Semaphore(most)})


async def transact(
    engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[_T]], *, patience: float = SHORT
) -> _T:
    """Do work in a transaction, which must be such that doing it twice does no harm."""

    async def attempt() -> _T:
        async with engine.get_execution_options()[_WRITERS], engine.begin() as connection:
            return await work(connection)

    return await _do(engine, attempt, patience)


async def look(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
    """Do work that only reads, beside whatever is being written."""

    async def attempt() -> _T:
        async with engine.connect() as connection:
            # What would write is refused, at least there.
            await connection.execution_options(postgresql_readonly=True)
            return await work(connection)

    return await _do(engine, attempt, SHORT)


async def _do(engine: AsyncEngine, attempt: Callable[[], Awaitable[_T]], patience: float) -> _T:
    loop, pause = asyncio.get_running_loop(), 0.05
    end: float | None = None
    while True:
        try:
            return await attempt()
        except DBAPIError as error:
            # From the first failure: before it, this process may have stood still for long.
            end = end or loop.time() + patience
            if not (postgres.is_shared(engine) and postgres.is_cut(error)) or loop.time() + pause > end:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, 1.0)
