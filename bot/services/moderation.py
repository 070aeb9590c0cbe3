"""All that a server's moderators may ask for; whether somebody is one, the doors know."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Protocol

from bot.domain.errors import OperatorError, RuleBroken
from bot.domain.guild_settings import Pause
from bot.domain.models import Job, Results
from bot.store.history import History
from bot.store.moderation import ModerationStore
from bot.store.queue.jobs import JobStore

log = logging.getLogger(__name__)

_PAGE = 4
"""Results on a page of somebody's history."""


class Originals(Protocol):
    """Wherever untouched pictures are kept."""

    async def forget(self, names: Sequence[str]) -> None:
        """Delete pictures; raise ``OperatorError``."""
        ...


class Moderating:
    """Pauses members, shows what they asked for, and notes in the audit what was done about it."""

    def __init__(
        self,
        store: ModerationStore,
        jobs: JobStore,
        history: History,
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
        """Pause a member in a server; return the pause, and what of theirs waited there and is cancelled.

        The jobs are as they were before, with what it takes to tell their asker.
        """
        now = self._clock()
        pause = Pause(user_id=member_id, until=now + seconds, by_id=by_id)
        await self._store.pause(guild_id, pause, reason=reason, now=now)
        log.info("user %s paused in server %s by user %s for %g s", member_id, guild_id, by_id, seconds)
        return pause, await self._drop(guild_id, member_id)

    async def _drop(self, guild_id: int, member_id: int) -> list[Job]:
        dropped: list[Job] = []
        for job in await self._history.open(member_id):
            if job.requester.guild_id == guild_id and job.state == "waiting":
                cancelled = await self._jobs.cancel(job.id, now=self._clock())
                if cancelled is not None:
                    dropped.append(replace(job, card_until=cancelled.card_until))
        return dropped

    async def lift(self, guild_id: int, member_id: int, *, by_id: int) -> bool:
        """Let a member ask again; False when they could anyway."""
        lifted = await self._store.lift(guild_id, member_id, by_id=by_id, now=self._clock())
        if lifted:
            log.info("user %s may ask again in server %s, says user %s", member_id, guild_id, by_id)
        return lifted

    async def paused(self, guild_id: int, member_id: int) -> Pause | None:
        """Return a member's pause, if there is one."""
        return await self._store.paused(guild_id, member_id, now=self._clock())

    async def check(self, guild_id: int | None, member_id: int) -> None:
        """Raise ``RuleBroken`` for a member who is paused."""
        pause = await self.paused(guild_id, member_id) if guild_id is not None else None
        if pause is not None:
            raise RuleBroken("member-paused", until=math.ceil(pause.until))

    async def channels(self, guild_id: int, member_id: int) -> set[int]:
        """Return the channels of a server in which a member has results that all saw."""
        return await self._history.channels(member_id, guild_id)

    async def results(
        self, guild_id: int, member_id: int, channels: Collection[int], *, search: str, page: int
    ) -> Results:
        """Return a page of what a member made in these channels of a server for all to see, newest first."""
        return await self._history.seen(member_id, guild_id, channels, search=search, page=page, size=_PAGE)

    async def note(self, job: Job, deed: str, by_id: int) -> None:
        """Note in the audit what a moderator did to another's request."""
        guild_id, asker = job.requester.guild_id, job.requester.user_id
        if guild_id is None or by_id == asker:
            return
        done = {"job": job.id, "channel": job.requester.channel_id}
        await self._store.note(guild_id, asker, {deed: done}, by_id=by_id, now=self._clock())

    async def forget(self, job: Job) -> None:
        """Delete the copies of a job's pictures, so that nobody can post them again."""
        await self._history.forget_kept(job.id)
        try:
            await self._originals.forget(job.kept)
        except OperatorError as error:
            log.error("job %s: its originals are still there: %s", job.id, error.detail, exc_info=error)
