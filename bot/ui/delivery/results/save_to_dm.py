"""Copies of finished pictures, sent to a member's direct messages."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.domain.errors import RuleBroken
from bot.domain.models import Job
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.results.originals_reader import OriginalsReader
from bot.ui.delivery.routes import is_too_large
from bot.ui.intake.references.media import Media, files_of, names_of
from bot.ui.intake.requesters import link_to


class DmSaver:
    """Sends copies of pictures, at most ``upload_cap`` bytes in one message."""

    def __init__(self, cards: Cards, originals_reader: OriginalsReader, *, upload_cap: int) -> None:
        self._cards = cards
        self._originals_reader = originals_reader
        self._upload_cap = upload_cap

    async def save(
        self, job: Job, person: discord.User | discord.Member, shown: Sequence[Media], locale: str
    ) -> str:
        """Send a job's pictures to a person and return the message's link; raise ``RuleBroken``.

        The pictures are read from the message that shows them (``shown``), else from the stored originals.
        """
        names = names_of(job, job.pictures)
        files = files_of(await self._contents(job, shown), names)
        try:
            message = await outgoing.send(person, self._cards.saved(locale, job, names, link_to(job)), files)
        except discord.Forbidden as error:
            raise RuleBroken("dm-closed") from error
        except discord.HTTPException as error:
            if not is_too_large(error):
                raise
            raise RuleBroken("too-large-here") from error
        return message.jump_url

    async def _contents(self, job: Job, shown: Sequence[Media]) -> list[bytes]:
        default_limit = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        limit = min(default_limit, self._upload_cap // max(1, len(job.pictures)))
        return await self._originals_reader.copies(job, shown, limit)
