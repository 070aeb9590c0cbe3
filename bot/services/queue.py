"""Positions in the queue, with the times at which jobs are expected to start."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping

from bot.domain.eta import QueueSnapshot
from bot.domain.models import Job, QueuedJob, QueuePosition
from bot.store.batches import Batches
from bot.store.controls.global_pause import GlobalPauseStore
from bot.store.errors import log_failure
from bot.store.queue.admission import CARD_LEASE
from bot.store.queue.forecasts.forecast import QueueForecast
from bot.store.queue.leases.card_leases import CardStore

log = logging.getLogger(__name__)

_SNAPSHOT_TTL = 1.0
"""Seconds for which a snapshot is reused: many cards need one, and each costs a query."""

_EMPTY_TTL = 10.0
"""Seconds for which an empty queue isn't looked at, unless a new job is expected."""


class QueueService:
    """Reads queue positions, and leases the cards that shall show them."""

    def __init__(
        self,
        cards: CardStore,
        forecast: QueueForecast,
        pause: GlobalPauseStore,
        clock: Callable[[], float],
    ) -> None:
        self._cards = cards
        # In a burst, a transaction for each card would take most of the time until it is shown.
        self._leases = Batches(self._lease)
        self._forecast = forecast
        self._pause = pause
        self._snapshots: dict[str, QueueSnapshot] = {}
        self._clock = clock
        self._empty_until = 0.0

    async def initial_position(self, job: Job) -> tuple[Job, QueuePosition]:
        """Return a new job and its position, with its card leased; never raises."""
        try:
            leased = await self._leases.get(job.id)
            if leased is not None:
                return leased.job, await self._with_start(leased)
        except Exception as error:
            # The job is accepted, so its requester must not be shown an error.
            log_failure(log, error, "job %s: its position in the queue could not be read", job.id)
        return job, QueuePosition(ahead=0, starts_at=self._clock())

    async def changed_positions(self, *, most: int) -> list[tuple[Job, QueuePosition]]:
        """Return waiting jobs whose position differs from the one on their card, with their cards leased."""
        now = self._clock()
        if now < self._empty_until:
            return []
        leased = await self._cards.lease_moved(now=now, until=now + CARD_LEASE, most=most)
        if not leased and not await self._cards.any_waiting():
            self._empty_until = now + _EMPTY_TTL
        return [(each.job, await self._with_start(each)) for each in leased]

    def expect_jobs(self) -> None:
        """Look for changed positions again, as there may be a new job."""
        self._empty_until = 0.0

    async def open_jobs(self, user_id: int) -> list[tuple[Job, QueuePosition | None]]:
        """Return a member's open jobs: waiting ones with their position, running ones with None."""
        found = await self._cards.open_jobs(user_id, now=self._clock())
        return [(job, await self._with_start(queued) if queued else None) for job, queued in found]

    async def _lease(self, job_ids: Collection[int]) -> Mapping[int, QueuedJob]:
        return await self._cards.lease(job_ids, clock=self._clock, seconds=CARD_LEASE)

    async def _with_start(self, queued: QueuedJob) -> QueuePosition:
        now, draft = self._clock(), queued.job.draft
        if queued.paused:
            pause = await self._pause.current()
            return QueuePosition(
                ahead=queued.ahead, starts_at=now, paused=True, notice=pause.notice if pause else ""
            )
        snapshot = await self._snapshot_of(self._forecast.service_of(draft.request.model), now)
        starts_at = snapshot.start(
            queued.job.requester.user_id, draft.request.size, draft.count, queued.pictures
        )
        return QueuePosition(
            ahead=queued.ahead, starts_at=max(now, starts_at, queued.run_at), down=queued.down
        )

    async def _snapshot_of(self, service: str, now: float) -> QueueSnapshot:
        snapshot = self._snapshots.get(service)
        if snapshot is None or not 0 <= now - snapshot.now < _SNAPSHOT_TTL:
            snapshot = self._snapshots[service] = await self._forecast.snapshot(service, now=now)
        return snapshot
