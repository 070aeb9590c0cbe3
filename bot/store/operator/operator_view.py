"""Opens a database for reading beside the processes that use it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.engine import make_url

from bot.domain.errors import OperatorError
from bot.store.db.engine import connected_engine
from bot.store.db.schema.inspection import pending_migrations
from bot.store.operator.activity import ActivityStore
from bot.store.operator.processes import ProcessStore
from bot.store.queue.forecasts.queue_counts import QueueCountStore
from bot.store.queue.services.relay_state import RelayState


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorView:
    """What can be read of all processes."""

    queue: QueueCountStore
    activity: ActivityStore
    relay: RelayState
    processes: ProcessStore


@asynccontextmanager
async def open_operator_view(url: str, *, capacity: int) -> AsyncGenerator[OperatorView]:
    """Open a database that is up to date, without a lock; raise ``OperatorError`` for another one."""
    if pending := await pending_migrations(url):
        raise OperatorError(
            f"The database isn't up to date ({len(pending)} migrations): start the bot first, or type: "
            "jimeng-bot migrate"
        )
    async with connected_engine(make_url(url)) as engine:
        yield OperatorView(
            queue=QueueCountStore(engine),
            activity=ActivityStore(engine),
            relay=RelayState(engine, capacity=capacity),
            processes=ProcessStore(engine),
        )
