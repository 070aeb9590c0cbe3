"""Work in one transaction, done again where the line to the database was cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store import postgres

_T = TypeVar("_T")
_PAUSES = (0.05, 0.2, 0.6)
"""Seconds before work whose connection was cut is tried again."""


async def transact(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
    """Do work in a transaction, which must be such that doing it twice does no harm."""
    if postgres.is_shared(engine):
        for pause in _PAUSES:
            try:
                async with engine.begin() as connection:
                    return await work(connection)
            except OperationalError:
                await asyncio.sleep(pause)
    async with engine.begin() as connection:
        return await work(connection)
