"""What a server's moderators can do; callers check that somebody is one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from bot.domain import request_rules
from bot.domain.errors import OperatorError
from bot.domain.guild_settings import Pause
from bot.domain.ids import require_id
from bot.domain.models import Job, JobPage
from bot.domain.ports import Originals
from bot.domain.requests.cancellation import Cancellation, as_cancelled
from bot.domain.requests.history_filter import HistoryFilter
from bot.store.history import HistoryStore
from bot.store.moderation import ModerationStore
from bot.store.queue.jobs import JobStore

log = logging.getLogger(__name__)

_PAGE = 4
"""Results per page of a member's history."""


class ModerationService:
    """Pauses members, lists their results, and records moderators' actions in the audit log."""

    def __init__(
        self,
        store: ModerationStore,
        jobs: JobStore,
        history: HistoryStore,
        originals: Originals,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._history = history
        self._originals = originals
        self._clock = clock

    async def pause(
        self, guild_id: int, member_id: int, *, by_id: int, seconds: float, reason: str
    ) -> tuple[Pause, list[Job]]:
        """Pause a member in a server and cancel their waiting jobs there; return the pause and those jobs.

        The jobs are returned as they were before, with the token that their cards are edited with.
        """
        now = self._clock()
        pause = Pause(user_id=member_id, until=now + seconds, by_id=by_id, reason=reason)
        await self._store.pause(guild_id, pause, now=now)
        log.info("user %s paused in server %s by user %s for %g s", member_id, guild_id, by_id, seconds)
        return pause, await self._cancel_waiting(guild_id, member_id, Cancellation("pause", reason))

    async def _cancel_waiting(self, guild_id: int, member_id: int, cancellation: Cancellation) -> list[Job]:
        cancelled_jobs: list[Job] = []
        for job in await self._history.open_jobs(member_id):
            if job.requester.guild_id == guild_id and job.state == "waiting":
                cancelled = await self._jobs.cancel(
                    job.id, now=self._clock(), cancellation=cancellation, charge=False
                )
                if cancelled is not None:
                    cancelled_jobs.append(as_cancelled(job, cancelled))
        return cancelled_jobs

    async def lift(self, guild_id: int, member_id: int, *, by_id: int) -> bool:
        """End a member's pause; return False when there was none."""
        lifted = await self._store.unpause(guild_id, require_id(member_id), by_id=by_id, now=self._clock())
        if lifted:
            log.info("pause of user %s in server %s lifted by user %s", member_id, guild_id, by_id)
        return lifted

    async def paused(self, guild_id: int, member_id: int) -> Pause | None:
        """Return a member's current pause, if there is one."""
        return await self._store.active_pause(guild_id, require_id(member_id), now=self._clock())

    async def check(self, guild_id: int | None, member_id: int) -> None:
        """Raise ``RuleBroken`` for a member who is paused."""
        pause = await self.paused(guild_id, member_id) if guild_id is not None else None
        if pause is not None:
            raise request_rules.pause_refusal(pause)

    async def channels(self, guild_id: int, member_id: int) -> set[int]:
        """Return the channels of a server in which a member has public results."""
        return await self._history.public_channels(require_id(member_id), guild_id)

    async def results(
        self, guild_id: int, member_id: int, channels: Collection[int], wanted: HistoryFilter, *, page: int
    ) -> JobPage:
        """Return a page of a member's public results in these channels, newest first."""
        return await self._history.public_results(
            member_id, guild_id, channels, wanted, page=page, size=_PAGE
        )

    async def record_action(self, job: Job, action: str, by_id: int, reason: str = "") -> None:
        """Record in the audit log what a moderator did to another member's request, and why."""
        guild_id, requester_id = job.requester.guild_id, job.requester.user_id
        if guild_id is None or by_id == requester_id:
            return
        details = {"job": job.id, "channel": job.requester.channel_id}
        if reason:
            details = {**details, "reason": reason}
        await self._store.record_action(
            guild_id, requester_id, {action: details}, by_id=by_id, now=self._clock()
        )

    async def forget_pictures(self, job: Job, cancellation: Cancellation) -> None:
        """Delete the kept originals of a deleted answer, so that nobody can post them again."""
        await self._history.mark_deleted(job, cancellation, now=self._clock())
        try:
            await self._originals.forget(job.kept)
        except OperatorError as error:
            log.error("job %s: its originals can't be deleted: %s", job.id, error.detail)
