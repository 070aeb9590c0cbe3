"""A clock that follows the database's, so that all its processes agree about leases and deadlines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy import Connection, Engine, extract, func, select

from bot.store.db.postgres import is_shared
from bot.store.db.tables import jobs
from bot.store.db.transactions import RETRY_SHORT, read
from bot.store.errors import DatabaseOutage

log = logging.getLogger(__name__)

Clock = Callable[[], float]

MAX_OFFSET = 2.0
"""Seconds by which a machine's clock may be wrong before the operator is warned."""
_INTERVAL = 10.0
_MAX_ROUND_TRIP = 1.0
"""Seconds: an answer that took longer says too little about the time."""
_ATTEMPTS = 3
_MIN_CHANGE = 0.1
"""Seconds: smaller changes are the inaccuracy of the measurement."""
_LATEST = select(func.max(jobs.c.created_at))
_NOW = select(extract("epoch", func.clock_timestamp()))


class DatabaseClock:
    """Returns the time of the ``local`` clock, corrected by its measured offset from the database's."""

    def __init__(self, local: Clock) -> None:
        self._local = local
        self._offset = 0.0
        self._warned = False

    def __call__(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._local() + self._offset

    async def measure(self, engine: Engine) -> None:
        """Measure the offset; a database that is unavailable leaves it as it was."""
        with suppress(DatabaseOutage):
            offset = await read(
                engine, lambda connection: measure_offset(connection, self._local), retry_for=RETRY_SHORT
            )
            if offset is not None:
                self._adjust(offset)

    def _adjust(self, offset: float) -> None:
        if abs(offset - self._offset) >= _MIN_CHANGE:
            self._offset = offset
        wrong = abs(offset) > MAX_OFFSET
        if wrong and not self._warned:
            log.warning("%s; going by the database's. Set up NTP on both machines.", describe_offset(offset))
        elif self._warned and not wrong:
            log.info("this machine's clock agrees with the database's again")
        self._warned = wrong


@asynccontextmanager
async def synchronized_clock(engine: Engine, local: Clock) -> AsyncGenerator[Clock]:
    """Yield a clock that follows that of a shared database; the ``local`` clock for SQLite."""
    if not is_shared(engine):
        yield local
        return
    clock = DatabaseClock(local)
    await clock.measure(engine)
    task = asyncio.create_task(_measure_repeatedly(clock, engine), name="database clock")
    try:
        yield clock
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def latest_time(engine: Engine) -> float:
    """Return when the newest request was stored; 0.0 of a shared database, which has a clock itself."""
    if is_shared(engine):
        return 0.0
    return await read(engine, lambda connection: float(connection.scalar(_LATEST) or 0.0))


def measure_offset(connection: Connection, local: Clock) -> float | None:
    """Return the seconds by which the database's clock is ahead; None if all answers took too long."""
    for _ in range(_ATTEMPTS):
        sent = local()
        remote = connection.scalar(_NOW)
        received = local()
        if remote is not None and 0 <= received - sent <= _MAX_ROUND_TRIP:
            return float(remote) - (sent + received) / 2
    return None


def describe_offset(offset: float) -> str:
    """Describe a measured offset in words."""
    direction = "behind" if offset > 0 else "ahead of"
    return f"this machine's clock is {abs(offset):.1f} s {direction} the database's"


async def _measure_repeatedly(clock: DatabaseClock, engine: Engine) -> None:
    while True:
        await asyncio.sleep(_INTERVAL)
        try:
            await clock.measure(engine)
        except Exception:
            log.exception("the database's clock could not be read; trying again")
