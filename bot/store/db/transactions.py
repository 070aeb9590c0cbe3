"""Transactions that are retried while the database is unavailable; reads never wait for writers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential

from bot.store.db import postgres
from bot.store.db.outage import OutageLog
from bot.store.errors import DatabaseOutage

_T = TypeVar("_T")
RETRY_LONG = 60.0
"""Seconds of retrying by default: an outage delays an operation rather than failing it."""
RETRY_SHORT = 1.0
"""Seconds of retrying an operation that is repeated anyway, or that sets a lease, which soon is outdated."""
_WRITERS, _OUTAGE = "writers", "outage"


def configure_engine(engine: AsyncEngine, *, writers: int) -> AsyncEngine:
    """Limit concurrent write transactions; the engine's other connections are left to reads."""
    return engine.execution_options(**{_WRITERS: asyncio.Semaphore(writers), _OUTAGE: OutageLog()})


def outage_log(engine: AsyncEngine) -> OutageLog:
    """Return what all operations on an engine report outages to."""
    return engine.get_execution_options()[_OUTAGE]


async def write(
    engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[_T]], *, retry_for: float = RETRY_LONG
) -> _T:
    """Run ``work`` in a transaction; it must be idempotent, as it may be retried.

    Raises ``DatabaseOutage`` after ``retry_for`` seconds.
    """

    async def attempt() -> _T:
        async with engine.get_execution_options()[_WRITERS], engine.begin() as connection:
            return await work(connection)

    return await _retry(engine, attempt, retry_for)


async def read(
    engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[_T]], *, retry_for: float = RETRY_LONG
) -> _T:
    """Run ``work`` that only reads, concurrently with writers; raises like ``write``."""

    async def attempt() -> _T:
        async with engine.connect() as connection:
            # PostgreSQL refuses writes in it.
            await connection.execution_options(postgresql_readonly=True)
            return await work(connection)

    return await _retry(engine, attempt, retry_for)


async def _retry(engine: AsyncEngine, attempt: Callable[[], Awaitable[_T]], retry_for: float) -> _T:
    if not postgres.is_shared(engine):
        return await attempt()
    outage = outage_log(engine)
    retrying = AsyncRetrying(
        retry=retry_if_exception(_is_unavailable),
        stop=_StopAfter(retry_for),
        wait=wait_exponential(multiplier=0.05, max=1),
        reraise=True,
    )

    async def reported() -> _T:
        try:
            result = await attempt()
        except Exception as error:
            if _is_unavailable(error):
                outage.failed(error)
            raise
        outage.succeeded()
        return result

    try:
        return await retrying(reported)
    except (DBAPIError, NoFreeConnection) as error:
        if not _is_unavailable(error):
            raise
        raise DatabaseOutage(f"no connection to the database: {type(error).__name__}") from error


def _is_unavailable(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return postgres.is_connection_failure(error)
    return isinstance(error, NoFreeConnection)


class _StopAfter:
    """Stops retrying if the next attempt would begin more than ``seconds`` after the first failure."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline: float | None = None

    def __call__(self, state: RetryCallState) -> bool:
        if self._deadline is None:
            # Not before the first failure: the process may have been suspended during the first attempt.
            self._deadline = monotonic() + self._seconds
        return monotonic() + state.upcoming_sleep > self._deadline
