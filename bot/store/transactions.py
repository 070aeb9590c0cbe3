"""Work in one transaction, done again where the line to the database was cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store import postgres

_T = TypeVar("_T")
SHORT, LONG = 1.0, 20.0
"""Seconds for which work is tried again: where somebody waits for a word, and where it must not be lost."""


async def transact(
    engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[_T]], *, patience: float = SHORT
) -> _T:
    """Do work in a transaction, which must be such that doing it twice does no harm."""
    loop, pause = asyncio.get_running_loop(), 0.05
    end = loop.time() + patience
    while True:
        try:
            async with engine.begin() as connection:
                return await work(connection)
        except OperationalError:
            if not postgres.is_shared(engine) or loop.time() + pause > end:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, 1.0)
