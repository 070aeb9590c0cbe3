"""Edits the cards of jobs that aren't answered, with the pictures that are drawn already."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence

import discord
from discord.utils import MISSING

from bot.domain.errors import BadReply
from bot.domain.models import Generating, Job, Progress, ShownPicture, Size
from bot.ui.cards.job_cards import Cards
from bot.ui.cards.layout import without_reference
from bot.ui.delivery.answer_delivery import AnswerDelivery, refuses_reference
from bot.ui.delivery.card_pictures import CardFile, CardPictures, card_files, kept_files, numbered, open_files
from bot.ui.delivery.routes import DeliveryRoutes

log = logging.getLogger(__name__)


class ProgressCards:
    """Edits cards, sending each picture once."""

    def __init__(
        self, routes: DeliveryRoutes, pictures: CardPictures, answers: AnswerDelivery, cards: Cards
    ) -> None:
        self._routes = routes
        self._pictures = pictures
        self._answers = answers
        self._cards = cards

    async def show(self, job: Job, progress: Progress) -> None:
        """Show progress, and the pictures that the card doesn't show yet."""
        shown = await self._pictures.shown(job)
        new = await self._new_files(job, progress, shown)
        files = sorted([*kept_files(shown), *new], key=lambda file: file.number)
        with self._pictures.uncertain(job) if files else contextlib.nullcontext():
            try:
                message = await self._edit(job, progress, files)
            except discord.HTTPException as error:
                if not refuses_reference(error, job):
                    raise
                message = await self._edit(without_reference(job), progress, files)
        if new and message is not None:
            await self._pictures.learn(job, message, new)

    async def show_cancelled(self, job: Job, largest: Size) -> None:
        """Show that a job was cancelled, and keep the pictures that its card shows.

        Offers no size above ``largest``, the server's maximum.
        """
        # Another process may have added some.
        shown = await self._pictures.read(job) if job.draft.count > 1 else ()
        files = kept_files(shown)
        view = self._cards.cancelled(job, [file.name for file in files], largest=largest)
        await self._routes.show_final(job, view, open_files(files, contextlib.ExitStack()) or MISSING)

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

    async def _edit(self, job: Job, progress: Progress, files: Sequence[CardFile]) -> discord.Message | None:
        view = self._cards.progress(job, progress, [file.name for file in files])
        with contextlib.ExitStack() as opened:
            # Without any the message's files are left as they are.
            return await self._routes.show(job, view, open_files(files, opened) or MISSING)
