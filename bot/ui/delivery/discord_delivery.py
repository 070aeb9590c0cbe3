"""Brings news and outcomes to the asker: the deferred message, else the channel, else a direct message."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.errors import BadReply, RuleBroken
from bot.domain.guild_settings import GuildSettings
from bot.domain.models import Delivered, Job, Picture, Place, Progress, Size, Waiting
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.originals_reader import Fit, Kept
from bot.ui.delivery.progress_board import ProgressBoard
from bot.ui.delivery.routes import AUTOMOD, Content, Hold, Ways, is_closed, is_too_large
from bot.ui.intake.media import Media, files_of, names_of

log = logging.getLogger(__name__)

_SMALLER = 3
"""How often the pictures are made smaller because Discord takes less than it said."""
_ARCHIVED = 50083
_SURELY_TAKEN = 8_000_000


class Delivery:
    """Finds the way to the asker: ``upload_cap`` bytes a message, seconds of ``pace`` between edits.

    Cards offer what the ``settings`` of the server allow where they are to stand.
    """

    def __init__(
        self,
        client: discord.Client,
        cards: Cards,
        fit: Fit,
        kept: Kept,
        settings: Callable[[int], Awaitable[GuildSettings]],
        *,
        upload_cap: int,
        clock: Callable[[], float],
        pace: float = 5.0,
    ) -> None:
        self._client = client
        self._cards = cards
        self._fit = fit
        self._kept = kept
        self._settings = settings
        self._upload_cap = upload_cap
        self._ways = Ways(client, clock)
        self._board = ProgressBoard(self._edit_progress, clock=clock, pace=pace)

    @property
    def quiet(self) -> bool:
        """Whether Discord holds edits back, so that only answers should be sent for a while."""
        return self._board.quiet

    def expect(self, job: Job) -> None:
        """Know of a request from the moment it is accepted."""
        self._board.expect(job)

    async def show_place(self, job: Job, place: Place) -> None:
        """Show at once where a job stands in line, whose card is held for that."""
        await self._board.show(job, Waiting(place=place), until=job.card_until, now=True)

    async def progress(self, job: Job, progress: Progress, *, until: float) -> None:
        """Show how far the job is as soon as the pace allows, if that is before ``until``."""
        await self._board.show(job, progress, until=until)

    async def flush(self) -> None:
        """Show the progress that had to wait for its turn."""
        await self._board.flush()

    async def close(self, job: Job) -> None:
        """Show nothing more of a job's progress."""
        await self._board.close(job)

    async def deliver(self, job: Job, hold: Hold) -> Delivered | None:
        """Bring the outcome; editing the same message again does no harm.

        ``hold`` is called before anything is sent and raises where the job is another's by now. None when the
        asker can't be reached anywhere; BadReply when Discord takes the pictures in no size.
        """
        await self.close(job)
        limit = min(job.requester.upload_limit, self._upload_cap // max(1, len(job.pictures)))
        largest = await self._largest(job.requester.guild_id)
        for _ in range(_SMALLER + 1):
            pictures = await self._fitting(job, limit)
            try:
                return await self._send(job, pictures, largest, hold)
            except discord.HTTPException as error:
                if not is_too_large(error) or not pictures:
                    raise
                log.warning("job %s: Discord takes less than it said (%d); sending smaller", job.id, limit)
            # Half of what was sent, which can be far less than the limit.
            limit = min(max(picture.path.stat().st_size for picture in pictures) // 2, _SURELY_TAKEN)
        raise BadReply("Discord takes the pictures in no size")

    async def cancel(self, job: Job) -> None:
        """Show on a job's own card that it was cancelled, as far as that is still possible."""
        await self.close(job)
        with contextlib.suppress(discord.HTTPException, OSError):
            await self._ways.show_last(job, self._cards.cancelled(job))

    async def post_again(
        self, interaction: discord.Interaction[Any], job: Job, shown: Sequence[Media]
    ) -> None:
        """Answer a deferred interaction with a finished job's pictures, or raise ``RuleBroken``.

        They come from where they are ``shown``, else from where they are kept.
        """
        limit = min(interaction.filesize_limit, self._upload_cap // max(1, len(job.pictures)))
        readers = [media.read for media in shown if media.read is not None][: len(job.pictures)]
        if readers and len(readers) == len(job.pictures):
            contents = [await read() for read in readers]
        else:
            contents = await self._kept.copies(job, limit)
        if max(map(len, contents)) > limit:
            raise RuleBroken("too-large-here")
        names = names_of(job, job.pictures)
        await interaction.edit_original_response(
            view=self._cards.result(
                job, job.pictures, names, largest=await self._largest(interaction.guild_id)
            ),
            attachments=files_of(contents, names),
            allowed_mentions=discord.AllowedMentions.none(),
        )

    async def give_originals(self, interaction: discord.Interaction[Any], job: Job, locale: str) -> None:
        """Answer a deferred interaction with a job's untouched pictures, or raise ``RuleBroken``."""
        limit = min(interaction.filesize_limit, self._upload_cap)
        given = await self._kept.originals(job, limit)
        if given.links:
            first, *others = self._cards.links(locale, given.links)
            await interaction.edit_original_response(view=first)
            for view in others:
                await interaction.followup.send(view=view, ephemeral=True)
        else:
            # There may be fewer than were drawn.
            names = names_of(job, job.pictures)[: len(given.files)]
            await interaction.edit_original_response(attachments=files_of(given.files, names))

    async def delete(self, job: Job) -> None:
        """Delete a job's answer; raise ``RuleBroken`` where the bot may not."""
        channel = self._client.get_partial_messageable(
            job.requester.channel_id, guild_id=job.requester.guild_id
        )
        try:
            await channel.get_partial_message(job.message_id).delete()
        except discord.NotFound:
            log.info("job %s: its answer was gone already", job.id)
        except discord.Forbidden as error:
            raise RuleBroken("cannot-delete") from error
        except discord.HTTPException as error:
            if error.code != _ARCHIVED:
                raise
            raise RuleBroken("thread-archived") from error

    async def _fitting(self, job: Job, limit: int) -> list[Picture]:
        return [await self._fit(picture, limit, picture.path.parent / "fitted") for picture in job.pictures]

    async def _largest(self, guild_id: int | None) -> Size:
        """Return the largest size that is drawn in a server, which no answer waits for in vain."""
        try:
            return (await self._settings(guild_id)).largest if guild_id else "4K"
        except Exception:
            log.warning("the settings of server %s can't be read; offering every size", guild_id)
            return "4K"

    async def _send(self, job: Job, pictures: list[Picture], largest: Size, hold: Hold) -> Delivered | None:
        for quiet in (False, True):
            try:
                return await self._climb(job, self._content(job, pictures, largest, quiet=quiet), hold)
            except discord.HTTPException as error:
                if quiet or error.code not in AUTOMOD:
                    raise
                log.info("job %s: AutoMod refused the message; repeating it without the prompt", job.id)
        raise AssertionError("unreachable")

    async def _climb(self, job: Job, content: Content, hold: Hold) -> Delivered | None:
        """Try each way to the asker in turn."""
        for way in self._ways.open_to(job):
            try:
                return await self._ways.take(way, job, content, hold)
            except discord.HTTPException as error:
                if not is_closed(error):
                    raise
                log.info("job %s: no way through (%d, %d)", job.id, error.status, error.code)
        log.warning("job %s: its asker can't be reached anywhere; it is kept for /history", job.id)
        return None

    def _content(self, job: Job, pictures: list[Picture], largest: Size, *, quiet: bool) -> Content:
        def make() -> tuple[ui.LayoutView, list[discord.File]]:
            if not pictures:
                return self._cards.problem(job, largest=largest, quiet=quiet), []
            names = names_of(job, pictures)
            files = [discord.File(picture.path, name) for picture, name in zip(pictures, names, strict=True)]
            return self._cards.result(job, pictures, names, largest=largest, quiet=quiet), files

        return make

    async def _edit_progress(self, job: Job, progress: Progress) -> None:
        await self._ways.show(job, self._cards.progress(job, progress))
