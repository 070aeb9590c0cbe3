"""Keeps each request's card in step while it waits and is drawn, and stays silent once it is answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.models import Job, Place, Progress, Waiting

log = logging.getLogger(__name__)

_REMEMBERED = 60.0
"""Seconds for which an answered card is known, lest a late edit undo the answer."""


@dataclass(slots=True)
class _Card:
    """What a card shows; ``pending`` is newer but must wait for the pace."""

    job: Job
    edited_at: float
    shown: Progress | None = None
    pending: Progress | None = None
    closed_at: float | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class ProgressBoard:
    """Edits cards with ``edit``, each no faster than every ``pace`` seconds."""

    def __init__(
        self, edit: Callable[[Job, Progress], Awaitable[None]], *, clock: Callable[[], float], pace: float
    ) -> None:
        self._edit = edit
        self._clock = clock
        self._pace = pace
        self._cards: dict[int, _Card] = {}

    async def show(self, job: Job, progress: Progress, *, first: bool = False) -> None:
        """Show how far the job is as soon as the pace allows; ``first``, the command's answer, at once."""
        card = self._cards.setdefault(job.id, _Card(job, self._clock()))
        if first:
            await self._show(card, progress)
        else:
            card.pending = progress

    async def flush(self) -> None:
        """Show what had to wait for its turn, and forget what was answered long ago."""
        now = self._clock()
        for job_id, card in list(self._cards.items()):
            if card.closed_at is not None and now - card.closed_at > _REMEMBERED:
                del self._cards[job_id]
            elif card.pending is not None and now - card.edited_at >= self._pace:
                progress, card.pending, card.edited_at = card.pending, None, now
                await self._show(card, progress)

    def waiting(self, *, most: int) -> list[Job]:
        """Return jobs whose place in line was looked up longest ago, and not just now."""
        since = self._clock() - 2 * self._pace
        cards = [
            card
            for card in self._cards.values()
            if isinstance(card.shown, Waiting)
            and card.closed_at is None
            and card.pending is None
            and card.edited_at <= since
        ]
        return [card.job for card in sorted(cards, key=lambda card: card.edited_at)[:most]]

    def move(self, job: Job, place: Place) -> None:
        """Show a waiting job's place in line where it has changed and nothing newer is to be shown."""
        card = self._cards.get(job.id)
        if card is None or card.pending is not None or not isinstance(card.shown, Waiting):
            return
        if card.shown.place.ahead == place.ahead:
            card.edited_at = self._clock()
        else:
            card.pending = Waiting(place=place)

    async def close(self, job: Job) -> None:
        """Let an edit under way end, then show nothing more of this job's progress."""
        card = self._cards.setdefault(job.id, _Card(job, self._clock()))
        async with card.turn:
            card.closed_at, card.pending = self._clock(), None

    async def _show(self, card: _Card, progress: Progress) -> None:
        async with card.turn:
            if card.closed_at is not None:
                return
            card.shown = progress
            try:
                await self._edit(card.job, progress)
            except Exception as error:
                # A courtesy: whatever is wrong with the line must not become the accepted job's problem.
                log.info("job %s: its progress could not be shown: %r", card.job.id, error)
