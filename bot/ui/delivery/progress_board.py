"""Keeps each request's card in step while it waits and is drawn, and stays silent once it is answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.domain.models import Job, Progress

log = logging.getLogger(__name__)

_REMEMBERED = 60.0
"""Seconds for which an answered card is known, lest a late edit undo the answer."""
_FORGOTTEN = 3600.0
"""Seconds after its last edit for which a card is known that others take further."""
_SLOW = 2.0
"""Seconds after which an edit is taken for one that Discord holds back."""
_QUIET = 30.0
"""Seconds without any news of progress after that: answers go first."""


@dataclass(slots=True)
class _Card:
    """What a card shows; ``pending`` is newer but must wait for the pace."""

    job: Job
    edited_at: float
    held_until: float = 0.0
    """Until when this process itself holds the card in line."""
    pending: Progress | None = None
    pending_until: float = 0.0
    closed_at: float | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class ProgressBoard:
    """Edits cards with ``edit``, each no faster than every ``pace`` seconds.

    Progress is shown only while the card is this process's to edit: ``until`` a moment given with it, and not
    while another process may be editing it, which the job itself tells.
    """

    def __init__(
        self, edit: Callable[[Job, Progress], Awaitable[None]], *, clock: Callable[[], float], pace: float
    ) -> None:
        self._edit = edit
        self._clock = clock
        self._pace = pace
        self._cards: dict[int, _Card] = {}
        self._quiet_until = 0.0

    @property
    def quiet(self) -> bool:
        """Whether Discord holds edits back, so that no news of progress should be sent for a while."""
        return self._clock() < self._quiet_until

    def expect(self, job: Job) -> None:
        """Know a job's card as held by this process, from before anybody can draw it."""
        self._card(job).held_until = job.card_until

    async def show(self, job: Job, progress: Progress, *, until: float, now: bool = False) -> None:
        """Show how far the job is: as soon as the pace allows, or ``now`` where the card is held."""
        card = self._card(job)
        card.job = job
        if now:
            card.held_until = job.card_until
            await self._show(card, progress, until)
        else:
            card.pending, card.pending_until = progress, until

    async def flush(self) -> None:
        """Show what had to wait for its turn, and forget what was answered long ago."""
        now = self._clock()
        for job_id, card in list(self._cards.items()):
            if now - (card.closed_at or now) > _REMEMBERED or now - card.edited_at > _FORGOTTEN:
                del self._cards[job_id]
            elif card.pending is not None and self._is_due(card):
                progress, card.pending = card.pending, None
                await self._show(card, progress, card.pending_until)

    async def close(self, job: Job) -> None:
        """Let every edit under way end, then show nothing more of this job's progress."""
        card = self._card(job)
        card.job = job
        if not self._is_free(card):
            await asyncio.sleep(job.card_until - self._clock())
        async with card.turn:
            card.closed_at, card.pending = self._clock(), None

    def _card(self, job: Job) -> _Card:
        card = self._cards.get(job.id)
        if card is None:
            # Whoever held it last edited it at the beginning of that time.
            edited_at = min(self._clock(), job.card_until - self._pace)
            card = self._cards[job.id] = _Card(job, edited_at)
        return card

    def _is_due(self, card: _Card) -> bool:
        return self._is_free(card) and not self.quiet and self._clock() - card.edited_at >= self._pace

    def _is_free(self, card: _Card) -> bool:
        """Whether no other process may be editing the card."""
        return card.job.card_until in (card.held_until, 0.0) or self._clock() >= card.job.card_until

    async def _show(self, card: _Card, progress: Progress, until: float) -> None:
        async with card.turn:
            begun = self._clock()
            if card.closed_at is not None or begun >= until:
                return
            card.edited_at = begun
            try:
                async with asyncio.timeout(until - begun):
                    await self._edit(card.job, progress)
            except Exception as error:
                # A courtesy: whatever is wrong with the line must not become the accepted job's problem.
                log.info("job %s: its progress could not be shown: %r", card.job.id, error)
            if self._clock() - begun > _SLOW:
                log.warning("Discord holds edits back; no news of progress for %g s", _QUIET)
                self._quiet_until = self._clock() + _QUIET
