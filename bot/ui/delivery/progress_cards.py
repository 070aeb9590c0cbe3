"""Edits the cards of jobs that aren't answered, with the pictures that are drawn already."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path

import discord
from discord.utils import MISSING

from bot.domain.errors import BadReply
from bot.domain.models import Generating, Job, Progress, ShownPicture
from bot.ui.cards.job_cards import Cards
from bot.ui.cards.layout import with_reference_copies, without_reference
from bot.ui.delivery.answer_delivery import AnswerDelivery, refuses_reference
from bot.ui.delivery.card_pictures import CardFile, CardPictures, card_files, kept_files, numbered, open_files
from bot.ui.delivery.reference_copies import ReferenceCopy, copy_name, kept_copy, with_copies
from bot.ui.delivery.routes import DeliveryRoutes
from bot.ui.delivery.server_settings import ServerSettings
from bot.ui.outgoing import Files

log = logging.getLogger(__name__)


class ProgressCards:
    """Edits cards, sending each picture once."""

    def __init__(
        self,
        routes: DeliveryRoutes,
        pictures: CardPictures,
        answers: AnswerDelivery,
        cards: Cards,
        settings: ServerSettings,
    ) -> None:
        self._routes = routes
        self._pictures = pictures
        self._answers = answers
        self._cards = cards
        self._settings = settings

    async def show(self, job: Job, progress: Progress) -> None:
        """Show progress, and the pictures that the card doesn't show yet."""
        shown = await self._pictures.shown(job)
        new = await self._new_files(job, progress, shown)
        files = sorted([*kept_files(shown), *new], key=lambda file: file.number)
        copies = self._pictures.copies(job)
        with self._pictures.uncertain(job) if files or copies else contextlib.nullcontext():
            message = await self._edit_with_references(job, progress, files, copies)
        if (files or copies) and message is not None:
            # Its attachments may have new ids.
            await self._pictures.learn(job, message, new)

    async def show_copy(self, job: Job, number: int, path: Path, progress: Progress) -> ReferenceCopy | None:
        """Show the copy of a reference in its place on the card; None where the card can't be edited.

        Raises ``HTTPException`` if Discord refuses the copy.
        """
        files = kept_files(await self._pictures.shown(job))
        copies = self._pictures.copies(job)
        if (copy := _of_reference(number, copies)) is not None:
            return copy
        name = copy_name(job, number)
        shown = with_reference_copies(with_copies(job, copies), {number: name})
        with contextlib.closing(discord.File(path, name)) as sent, self._pictures.uncertain(job):
            message = await self._edit(shown, progress, files, [*map(kept_copy, copies), sent])
        if message is not None:
            await self._pictures.learn(job, message)
        return _of_reference(number, self._pictures.copies(job))

    async def show_cancelled(self, job: Job) -> None:
        """Show that a job was cancelled, and keep the pictures that its card shows."""
        # Another process may have added some.
        has_files = job.draft.count > 1 or job.draft.shows_references
        files = kept_files(await self._pictures.read(job) if has_files else ())
        kept: Files = open_files(files, contextlib.ExitStack())
        copies = self._pictures.copies(job)
        job, kept = with_copies(job, copies), [*map(kept_copy, copies), *kept]
        settings = await self._settings.of(job.requester.guild_id)
        view = self._cards.cancelled(job, [file.name for file in files], settings)
        await self._routes.show_final(job, view, kept or MISSING)

    async def _new_files(
        self, job: Job, progress: Progress, shown: Sequence[ShownPicture]
    ) -> Sequence[CardFile]:
        drawn = progress.pictures if isinstance(progress, Generating) else ()
        on_card = {each.number for each in shown}
        files: list[CardFile] = []
        for number, picture in numbered(drawn).items():
            if number in on_card:
                continue
            # One that can't be made to fit is left to the answer, which explains it.
            with contextlib.suppress(BadReply):
                sent = await self._answers.fitted([picture], self._answers.limit(job))
                files += card_files(job, [picture], sent, ())
        return files

    async def _edit_with_references(
        self, job: Job, progress: Progress, files: Sequence[CardFile], copies: Sequence[ReferenceCopy]
    ) -> discord.Message | None:
        kept = [kept_copy(copy) for copy in copies]
        try:
            return await self._edit(with_copies(job, copies), progress, files, kept)
        except discord.HTTPException as error:
            if not refuses_reference(error, job):
                raise
            return await self._edit(without_reference(job), progress, files, kept)

    async def _edit(
        self, job: Job, progress: Progress, files: Sequence[CardFile], beside: Files
    ) -> discord.Message | None:
        """Edit the card; ``beside`` are its files other than drawn pictures."""
        settings = await self._settings.of(job.requester.guild_id)
        view = self._cards.progress(job, progress, [file.name for file in files], settings)
        with contextlib.ExitStack() as opened:
            # Without any the message's files are left as they are.
            return await self._routes.show(job, view, [*beside, *open_files(files, opened)] or MISSING)


def _of_reference(number: int, copies: Sequence[ReferenceCopy]) -> ReferenceCopy | None:
    """Return the copy of the reference with a number."""
    return next((copy for copy in copies if copy.number == number), None)
