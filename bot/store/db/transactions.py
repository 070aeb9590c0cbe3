"""Transactions that are retried while the database is unavailable; reads never wait for writers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential

from bot.store.db.outage import OutageLog, is_unavailable
from bot.store.db.threads import TransactionThreads
from bot.store.errors import DatabaseOutage

_T = TypeVar("_T")
RETRY_LONG = 60.0
"""Seconds of retrying by default: an outage delays an operation rather than failing it."""
RETRY_SHORT = 1.0
"""Seconds of retrying an operation that is repeated anyway, or that sets a lease, which soon is outdated."""
_THREADS, _OUTAGE = "threads", "outage"


def configure_engine(engine: Engine, threads: TransactionThreads) -> None:
    """Run an engine's transactions on ``threads``, one for each connection of its pool."""
    engine.update_execution_options(**{_THREADS: threads, _OUTAGE: OutageLog()})


def threads_of(engine: Engine) -> TransactionThreads:
    """Return the threads that run an engine's transactions."""
    return engine.get_execution_options()[_THREADS]


def outage_log(engine: Engine) -> OutageLog:
    """Return what all operations on an engine report outages to."""
    return engine.get_execution_options()[_OUTAGE]


async def write(engine: Engine, work: Callable[[Connection], _T], *, retry_for: float = RETRY_LONG) -> _T:
    """Run ``work`` in a transaction on a thread; it must be idempotent, as it may be retried.

    A cancelled caller is released when the transaction has ended. Raises ``DatabaseOutage`` after
    ``retry_for`` seconds.
    """

    def transaction() -> _T:
        with engine.begin() as connection:
            return work(connection)

    return await _retry(engine, lambda: threads_of(engine).write(transaction), retry_for, wrote=True)


async def read(engine: Engine, work: Callable[[Connection], _T], *, retry_for: float = RETRY_LONG) -> _T:
    """Run ``work`` that only reads on a thread, concurrently with writers; raises like ``write``."""
    return await _retry(engine, lambda: read_once(engine, work), retry_for, wrote=False)


async def read_once(engine: Engine, work: Callable[[Connection], _T]) -> _T:
    """Run ``work`` that only reads, without retries; raise the database's own errors."""

    def transaction() -> _T:
        with engine.connect() as connection:
            # PostgreSQL refuses writes in it.
            connection.execution_options(postgresql_readonly=True)
            return work(connection)

    return await threads_of(engine).read(transaction)


async def _retry(
    engine: Engine, attempt: Callable[[], Awaitable[_T]], retry_for: float, *, wrote: bool
) -> _T:
    outage = outage_log(engine)

    async def reported() -> _T:
        try:
            result = await attempt()
        except Exception as error:
            if is_unavailable(error):
                outage.failed(error)
            raise
        outage.succeeded(wrote=wrote)
        return result

    try:
        # Tenacity takes as long as a short transaction: only what failed once pays for it.
        return await reported()
    except Exception as error:
        if not is_unavailable(error):
            raise
    retrying = AsyncRetrying(
        retry=retry_if_exception(is_unavailable),
        stop=_StopAfter(retry_for),
        wait=wait_exponential(multiplier=0.05, max=1),
        reraise=True,
    )
    try:
        return await retrying(reported)
    except (DBAPIError, NoFreeConnection) as error:
        if not is_unavailable(error):
            raise
        raise DatabaseOutage(f"the database is unavailable: {type(error).__name__}") from error


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
