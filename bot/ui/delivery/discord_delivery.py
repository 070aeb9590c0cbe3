"""Delivers progress and answers by Discord: the deferred message, else the channel, else a direct message."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import discord

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings
from bot.domain.models import (
    DeliveredMessage,
    Generating,
    Job,
    Progress,
    QueuePosition,
    ShownPicture,
    Waiting,
)
from bot.domain.ports import Fit
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.cards.layout import without_reference
from bot.ui.delivery.answer_delivery import AnswerDelivery
from bot.ui.delivery.card_pictures import CardPictures, RecordShown
from bot.ui.delivery.late_edits import LateEdits, Reopen
from bot.ui.delivery.originals_reader import OriginalsReader
from bot.ui.delivery.progress_board import ProgressBoard
from bot.ui.delivery.progress_cards import ProgressCards
from bot.ui.delivery.reference_copies import ReferenceCopy
from bot.ui.delivery.routes import (
    THREAD_ARCHIVED,
    DeliveryRoutes,
    ExtendLease,
)
from bot.ui.delivery.server_settings import ServerSettings
from bot.ui.intake.references.media import Media, files_of, names_of

log = logging.getLogger(__name__)

_USUAL_DURATION = 30.0
"""Seconds that a job takes, as long as nothing better is known."""


class DiscordDelivery:
    """Delivers to requesters: at most ``upload_cap`` bytes a message, ``edit_interval`` s between edits.

    ``settings`` returns a server's settings, which decide what its cards offer; ``reopen`` is that of
    ``LateEdits``, ``record_shown`` that of ``CardPictures``.
    """

    def __init__(
        self,
        client: discord.Client,
        cards: Cards,
        fit: Fit,
        originals_reader: OriginalsReader,
        settings: Callable[[int], Awaitable[GuildSettings]],
        reopen: Reopen,
        record_shown: RecordShown,
        *,
        upload_cap: int,
        clock: Callable[[], float],
        edit_interval: float = 5.0,
    ) -> None:
        self._client = client
        self._cards = cards
        self._originals_reader = originals_reader
        self._settings = ServerSettings(settings)
        self._upload_cap = upload_cap
        self._clock = clock
        self._routes = DeliveryRoutes(client, clock)
        self._pictures = CardPictures(self._routes, record_shown, clock)
        self._answers = AnswerDelivery(self._routes, self._pictures, cards, fit, upload_cap=upload_cap)
        self._progress_cards = ProgressCards(
            self._routes, self._pictures, self._answers, cards, self._settings
        )
        self._late_edits = LateEdits(self._routes, reopen, self.cancel, clock)
        self._board = ProgressBoard(
            self._progress_cards.show,
            overdue=self._late_edits.report,
            clock=clock,
            edit_interval=edit_interval,
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
        return await self._answers.deliver(job, await self._settings.of(job.requester.guild_id), extend_lease)

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
            await self._progress_cards.show_cancelled(job, await self._settings.of(job.requester.guild_id))

    async def repost(self, interaction: discord.Interaction[Any], job: Job, shown: Sequence[Media]) -> None:
        """Answer a deferred interaction with a finished job's pictures, or raise ``RuleBroken``.

        The pictures are read from the message that shows them (``shown``), else from the stored originals.
        """
        limit = min(interaction.filesize_limit, self._upload_cap // max(1, len(job.pictures)))
        contents = await self._originals_reader.copies(job, shown, limit)
        names = names_of(job, job.pictures)
        settings = await self._settings.of(interaction.guild_id)
        view = self._cards.result(without_reference(job), job.pictures, names, settings)
        await outgoing.edit_response(interaction, view, files_of(contents, names))

    async def send_originals(self, interaction: discord.Interaction[Any], job: Job, locale: str) -> None:
        """Answer a deferred interaction with a job's untouched pictures, or raise ``RuleBroken``."""
        limit = min(interaction.filesize_limit, self._upload_cap)
        answer = await self._originals_reader.originals(job, limit)
        if answer.links:
            first, *others = self._cards.original_links(locale, answer.links)
            await outgoing.edit_response(interaction, first)
            for view in others:
                await outgoing.follow_up(interaction, view)
        else:
            # Fewer may be stored than were generated.
            names = names_of(job, job.pictures)[: len(answer.files)]
            await outgoing.edit_response(interaction, attachments=files_of(answer.files, names))

    async def delete(self, job: Job) -> None:
        """Delete a job's answer; raise ``RuleBroken`` where the bot may not."""
        channel = self._client.get_partial_messageable(
            job.requester.channel_id, guild_id=job.requester.guild_id
        )
        try:
            await channel.get_partial_message(job.message_id).delete()
        except discord.NotFound:
            log.info("job %s: its answer was already deleted", job.id)
        except discord.Forbidden as error:
            raise RuleBroken("cannot-delete") from error
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
            raise RuleBroken("thread-archived") from error
