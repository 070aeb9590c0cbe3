"""Keeps each job's card up to date until its answer is delivered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import discord

from bot.domain.models import Generating, Job, Progress
from bot.ui.discord_errors import unexpected

log = logging.getLogger(__name__)

_ANSWERED_RETENTION = 60.0
"""Seconds an answered card is remembered, so that a late edit can't overwrite the answer."""
_IDLE_RETENTION = 3600.0
"""Seconds after its last edit that a card is remembered when another process completes the job."""
_EDIT_TIMEOUT = 5.0
"""Seconds an edit may take at most: others wait for it."""
_UPLOAD_TIMEOUT = 20.0
"""Seconds an edit with pictures may take: what it sends needn't be sent with the answer."""
_GATHERING = 2.0
"""Seconds that a new picture waits for others, or for the answer, before an edit shows it."""
_SLOW_EDIT = 2.0
"""Seconds after which an edit counts as held back by Discord's rate limits."""
_THROTTLE_TIME = 30.0
"""Seconds without progress edits after that, so that answers go first."""

_T = TypeVar("_T")


@dataclass(slots=True)
class _Card:
    """A card's state; ``pending`` is newer progress that waits for the pace."""

    job: Job
    edited_at: float
    held_until: float = 0.0
    """Until when this process itself may edit the waiting card."""
    pending: Progress | None = None
    pending_from: float = 0.0
    pending_until: float = 0.0
    closed_at: float | None = None
    releases: int = 0
    """How often this process gave the job back, after which an edit in flight may come too late."""
    latest: Progress | None = None
    """The newest progress, shown or pending."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ProgressBoard:
    """Edits cards with ``edit``, each at most once every ``edit_interval`` seconds.

    Progress is shown only while this process may edit the card: ``until`` the time given with it, and not
    before the job's ``card_until``, while another process may be editing it. ``overdue`` is called with the
    job of an edit that ended later or after ``release``, and of one whose result is unknown.
    """

    def __init__(
        self,
        edit: Callable[[Job, Progress], Awaitable[None]],
        *,
        overdue: Callable[[Job], None],
        clock: Callable[[], float],
        edit_interval: float,
    ) -> None:
        self._edit = edit
        self._overdue = overdue
        self._clock = clock
        self._pace = edit_interval
        self._cards: dict[int, _Card] = {}
        self._throttled_until = 0.0

    @property
    def throttled(self) -> bool:
        """Whether Discord is rate limiting edits, so that no progress should be sent for a while."""
        return self._clock() < self._throttled_until

    def expect(self, job: Job) -> None:
        """Record that this process holds the card of a job that waits."""
        self._card(job).held_until = job.card_until

    async def show(
        self, job: Job, progress: Progress, *, until: float, since: float = 0.0, now: bool = False
    ) -> None:
        """Show progress when the pace allows, after ``since``; or ``now`` if this process holds the card."""
        card = self._card(job)
        card.job, card.latest = job, progress
        if now:
            card.held_until = job.card_until
            await self._show(card, progress, until)
        else:
            card.pending, card.pending_until = progress, until
            gathered = self._clock() + (_GATHERING if _has_pictures(progress) else 0.0)
            card.pending_from = max(since, gathered)

    async def show_retry(self, job: Job, progress: Progress, *, since: float) -> None:
        """Show why a job waits, which this process gave back and whose card it holds.

        Not before ``since``, the end of the hold before, if that was another process's.
        """
        card = self._card(job)
        own = card.held_until == since
        card.held_until = job.card_until
        await self.show(job, progress, until=job.card_until, since=0.0 if own else since)

    async def edit_ahead(self, job: Job, edit: Callable[[Progress | None], Awaitable[_T]]) -> _T | None:
        """Make another edit of a running job's card ahead of the pace, which is to show the newest progress.

        None when the card is answered, and when the edit fails.
        """
        card = self._card(job)
        await self._wait_until_free(card)
        async with card.lock:
            if card.closed_at is not None:
                return None
            releases, known, result = card.releases, False, None

            async def make_edit() -> None:
                nonlocal result
                result = await edit(card.latest)

            card.edited_at, card.pending = self._clock(), None
            try:
                known = await self._try(job, make_edit(), _UPLOAD_TIMEOUT)
            finally:
                if not known or card.releases > releases:
                    self._overdue(job)
            return result

    async def flush(self) -> None:
        """Show pending progress that is due, and forget cards that were answered long ago."""
        now = self._clock()
        for job_id, card in list(self._cards.items()):
            if now - (card.closed_at or now) > _ANSWERED_RETENTION or now - card.edited_at > _IDLE_RETENTION:
                del self._cards[job_id]
            elif card.pending is not None and self._is_due(card):
                progress, card.pending = card.pending, None
                await self._show(card, progress, card.pending_until)

    def release(self, job: Job) -> None:
        """Drop pending progress of a job that another process may take over from now on."""
        if (card := self._cards.get(job.id)) is not None:
            card.pending = None
            card.releases += 1

    async def close(self, job: Job) -> None:
        """Wait for any edit in flight, then show no more progress of this job."""
        card = self._card(job)
        card.job = job
        await self._wait_until_free(card)
        async with card.lock:
            card.closed_at, card.pending = self._clock(), None

    def _card(self, job: Job) -> _Card:
        card = self._cards.get(job.id)
        if card is None:
            # Its last holder edited it when the hold began.
            edited_at = min(self._clock(), job.card_until - self._pace)
            card = self._cards[job.id] = _Card(job, edited_at)
        return card

    async def _wait_until_free(self, card: _Card) -> None:
        if not self._is_free(card):
            await asyncio.sleep(card.job.card_until - self._clock())

    def _is_due(self, card: _Card) -> bool:
        if self.throttled or not self._is_free(card):
            return False
        return self._clock() >= max(card.edited_at + self._pace, card.pending_from)

    def _is_free(self, card: _Card) -> bool:
        """Whether no other process may be editing the card."""
        return card.job.card_until in (card.held_until, 0.0) or self._clock() >= card.job.card_until

    async def _show(self, card: _Card, progress: Progress, until: float) -> None:
        async with card.lock:
            begun, releases, known = self._clock(), card.releases, False
            if card.closed_at is not None or begun >= until:
                return
            card.edited_at = begun
            sends_files = _has_pictures(progress)
            timeout = _UPLOAD_TIMEOUT if sends_files else _EDIT_TIMEOUT
            try:
                known = await self._try(card.job, self._edit(card.job, progress), min(until - begun, timeout))
            finally:
                ended = self._clock()
                # Also when this process is stopping, which cancels the edit.
                if not known or ended >= until or card.releases > releases:
                    self._overdue(card.job)
            if ended - begun > _SLOW_EDIT and not sends_files:
                log.warning("Discord is rate limiting edits; no progress for %g s", _THROTTLE_TIME)
                self._throttled_until = ended + _THROTTLE_TIME

    async def _try(self, job: Job, edit: Awaitable[None], seconds: float) -> bool:
        """Edit a card; a failed edit must not fail the job. Returns whether the result is known."""
        try:
            async with asyncio.timeout(seconds):
                await edit
        except Exception as error:
            log.info("job %s: its card could not be edited: %r", job.id, error, exc_info=unexpected(error))
            return isinstance(error, discord.HTTPException)
        return True


def _has_pictures(progress: Progress) -> bool:
    return isinstance(progress, Generating) and bool(progress.pictures)
