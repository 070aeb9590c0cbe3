"""Answers interactions with the pictures of results."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.models import Job
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.cards.layout import without_reference
from bot.ui.components import Interaction
from bot.ui.delivery.results.originals_reader import OriginalsReader
from bot.ui.delivery.server_settings import ServerSettings
from bot.ui.intake.references.media import Media, files_of, names_of


class ResultPosts:
    """Posts results again, at most ``upload_cap`` bytes a message."""

    def __init__(
        self, cards: Cards, originals_reader: OriginalsReader, settings: ServerSettings, *, upload_cap: int
    ) -> None:
        self._cards = cards
        self._originals_reader = originals_reader
        self._settings = settings
        self._upload_cap = upload_cap

    async def repost(self, interaction: Interaction, job: Job, shown: Sequence[Media]) -> None:
        """Answer a deferred interaction with a finished job's pictures, or raise ``RuleBroken``.

        The pictures are read from the message that shows them (``shown``), else from the stored originals.
        """
        limit = min(interaction.filesize_limit, self._upload_cap // max(1, len(job.pictures)))
        contents = await self._originals_reader.copies(job, shown, limit)
        names = names_of(job, job.pictures)
        settings = await self._settings.of(interaction.guild_id)
        view = self._cards.result(without_reference(job), job.pictures, names, settings)
        await outgoing.edit_response(interaction, view, files_of(contents, names))

    async def send_originals(self, interaction: Interaction, job: Job, locale: str) -> None:
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
