"""Delivers progress and answers by Discord: the deferred message, else the channel, else a direct message."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import discord

from bot.domain.models import (
    DeliveredMessage,
    Generating,
    Job,
    Progress,
    QueuePosition,
    ShownPicture,
    Waiting,
)
from bot.ui.delivery.answer_delivery import AnswerDelivery
from bot.ui.delivery.card_pictures import CardPictures
from bot.ui.delivery.late_edits import LateEdits, Reopen
from bot.ui.delivery.progress_board import ProgressBoard
from bot.ui.delivery.progress_cards import ProgressCards
from bot.ui.delivery.reference_copies import ReferenceCopy
from bot.ui.delivery.routes import (
    DeliveryRoutes,
    ExtendLease,
)

log = logging.getLogger(__name__)

_USUAL_DURATION = 30.0
"""Seconds that a job takes, as long as nothing better is known."""


class DiscordDelivery:
    """Delivers to requesters, with ``edit_interval`` s between edits; ``reopen`` is that of ``LateEdits``."""

    def __init__(
        self,
        routes: DeliveryRoutes,
        pictures: CardPictures,
        answers: AnswerDelivery,
        progress_cards: ProgressCards,
        reopen: Reopen,
        clock: Callable[[], float],
        *,
        edit_interval: float = 5.0,
    ) -> None:
        self._routes = routes
        self._pictures = pictures
        self._answers = answers
        self._progress_cards = progress_cards
        self._clock = clock
        self._late_edits = LateEdits(routes, reopen, self.cancel, clock)
        self._board = ProgressBoard(
            progress_cards.show, overdue=self._late_edits.report, clock=clock, edit_interval=edit_interval
        )

    @property
    def throttled(self) -> bool:
        """Whether Discord is rate limiting edits, so that only answers should be sent for a while."""
        return self._board.throttled

    def expect(self, job: Job) -> None:
        """Track a job's card from the moment the job is accepted."""
        self._board.expect(job)

    async def show_position(self, job: Job, position: QueuePosition) -> None:
        """Show a job's queue position at once; the caller must hold its card."""
        await self._board.show(job, Waiting(position=position), until=job.card_until, now=True)

    async def progress(self, job: Job, progress: Progress, *, until: float) -> None:
        """Show progress as soon as the pace allows, if that is before ``until``."""
        await self._board.show(job, progress, until=until)

    async def show_retry(self, job: Job, progress: Progress, *, since: float) -> None:
        """Show why a job waits that this process gave back, until the job's ``card_until``.

        ``since`` is the end of the hold before, which may be another process's.
        """
        await self._board.show_retry(job, progress, since=since)

    async def flush(self) -> None:
        """Show pending progress that is due."""
        await self._board.flush()

    async def check_late_edits(self, *, stopping: bool = False) -> None:
        """Check the cards that may show outdated progress; all of them when this process is ``stopping``."""
        await self._late_edits.flush(everything=stopping)

    def check_later(self, job: Job) -> None:
        """Check an answered job's card in a moment, as an edit of a lost worker may still arrive."""
        self._late_edits.check_later(job)

    def check_soon(self, job: Job) -> None:
        """Check the card of a job, which an edit from before it was accepted may cover, now and once more."""
        self._late_edits.report(job)

    def may_be_covered(self, job: Job) -> bool:
        """Whether an answered job's card is still to be checked."""
        return self._late_edits.plans_to_check(job)

    def release(self, job: Job) -> None:
        """Show nothing more of a job that this process gives back."""
        self._board.release(job)

    async def shows_pictures(self, job: Job) -> bool:
        """Whether a job's card already shows its pictures; also False where that can't be seen."""
        return await self._routes.shows_pictures(job)

    async def shows_answer(self, job: Job) -> bool:
        """Whether a job's card already shows an outcome; also False where that can't be seen."""
        return await self._routes.shows_answer(job)

    async def close(self, job: Job) -> None:
        """Show no more progress of a job."""
        await self._board.close(job)

    async def deliver(self, job: Job, extend_lease: ExtendLease) -> DeliveredMessage | None:
        """Deliver the outcome; idempotent. None when the requester can't be reached anywhere.

        ``extend_lease`` is called before anything is sent and raises when another worker owns the job. Raises
        ``BadReply`` when Discord accepts the pictures in no size, and ``PicturesGone``.
        """
        await self.close(job)
        return await self._answers.deliver(job, extend_lease)

    async def show_copy(self, job: Job, number: int, copy: Path) -> ReferenceCopy | None:
        """Show the copy of a running job's reference by number on its card, where that can be edited."""

        def edit(progress: Progress | None) -> Awaitable[ReferenceCopy | None]:
            newest = progress or Generating(ready_at=self._clock() + _USUAL_DURATION)
            return self._progress_cards.show_copy(job, number, copy, newest)

        return await self._board.edit_ahead(job, edit)

    async def read_shown(self, job: Job) -> Sequence[ShownPicture]:
        """Return which pictures a job's card shows; what was recorded where it can't be read."""
        return await self._pictures.read(job)

    async def cancel(self, job: Job) -> None:
        """Show on a job's card that it was cancelled, as far as that is still possible."""
        await self.close(job)
        with contextlib.suppress(discord.HTTPException, OSError):
            await self._progress_cards.show_cancelled(job)
