"""Brings news and outcomes to the asker: the deferred message, else the channel, else a direct message."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import discord
from discord import ui

from bot.errors import RuleBroken
from bot.models import Delivered, Job, Picture, Place, Progress
from bot.ui.cards import Cards
from bot.ui.media import Media
from bot.ui.progress import ProgressBoard

log = logging.getLogger(__name__)

_TOO_LARGE = {40005, 50045}
_AUTOMOD = {200000, 240000}
Fit = Callable[[Picture, int, Path], Awaitable[Picture]]


class Delivery:
    """Finds the way to the asker: ``upload_cap`` bytes a message, seconds of ``pace`` between edits."""

    def __init__(
        self,
        client: discord.Client,
        cards: Cards,
        fit: Fit,
        *,
        upload_cap: int,
        clock: Callable[[], float],
        pace: float = 5.0,
    ) -> None:
        self._client = client
        self._cards = cards
        self._fit = fit
        self._upload_cap = upload_cap
        self._clock = clock
        self._board = ProgressBoard(self._edit_progress, clock=clock, pace=pace)

    async def progress(self, job: Job, progress: Progress, *, first: bool = False) -> None:
        """Show how far the job is as soon as the pace allows; ``first``, the command's answer, at once."""
        await self._board.show(job, progress, first=first)

    def waiting(self, *, most: int) -> list[Job]:
        """Return the jobs whose place in line is due to be looked up again."""
        return self._board.waiting(most=most)

    def move(self, job: Job, place: Place) -> None:
        """Show a waiting job's place in line where it has changed."""
        self._board.move(job, place)

    async def flush(self) -> None:
        """Show the progress that had to wait for its turn."""
        await self._board.flush()

    async def close(self, job: Job) -> None:
        """Show nothing more of a job's progress."""
        await self._board.close(job)

    async def deliver(self, job: Job) -> Delivered:
        """Bring the outcome; editing the same message again does no harm."""
        await self.close(job)
        limit = min(job.requester.upload_limit, self._upload_cap // max(1, len(job.pictures)))
        pictures = await self._fitting(job, limit)
        try:
            return await self._send(job, pictures)
        except discord.HTTPException as error:
            if error.status != 413 and error.code not in _TOO_LARGE:
                raise
            log.warning("job %s: Discord takes less than it said (%d); sending smaller", job.id, limit)
        # Half of what was sent, which can be far less than the limit.
        sent = max((picture.path.stat().st_size for picture in pictures), default=limit)
        return await self._send(job, await self._fitting(job, min(sent // 2, 8_000_000)))

    async def cancel(self, job: Job) -> None:
        """Show on a job's own card that it was cancelled, as far as that is still possible."""
        await self.close(job)
        with contextlib.suppress(discord.HTTPException, OSError):
            await self._show(job, self._cards.cancelled(job))

    async def post_again(
        self, interaction: discord.Interaction[Any], job: Job, shown: Sequence[Media]
    ) -> None:
        """Answer a deferred interaction with a finished job's pictures, or raise ``RuleBroken``."""
        readers = [media.read for media in shown if media.read is not None]
        if not readers or len(readers) < len(job.pictures):
            raise RuleBroken("not-there")
        contents = [await read() for read in readers[: len(job.pictures)]]
        if max(map(len, contents)) > min(interaction.filesize_limit, self._upload_cap // len(contents)):
            raise RuleBroken("too-large-here")
        names = _names(job, job.pictures)
        files = [
            discord.File(io.BytesIO(content), name) for content, name in zip(contents, names, strict=True)
        ]
        await interaction.edit_original_response(
            view=self._cards.result(job, job.pictures, names),
            attachments=files,
            allowed_mentions=discord.AllowedMentions.none(),
        )

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

    async def _fitting(self, job: Job, limit: int) -> list[Picture]:
        return [await self._fit(picture, limit, picture.path.parent / "fitted") for picture in job.pictures]

    async def _send(self, job: Job, pictures: list[Picture]) -> Delivered:
        for quiet in (False, True):
            try:
                return await self._climb(job, pictures, quiet=quiet)
            except discord.HTTPException as error:
                if quiet or error.code not in _AUTOMOD:
                    raise
                log.info("job %s: AutoMod refused the message; repeating it without the prompt", job.id)
        raise AssertionError("unreachable")

    async def _climb(self, job: Job, pictures: list[Picture], *, quiet: bool) -> Delivered:
        """Try each way to the asker in turn."""
        if (webhook := self._webhook(job)) is not None:
            try:
                return await self._edit(webhook, job, pictures, quiet=quiet)
            except discord.HTTPException as error:
                if not _is_closed(error):
                    raise
                log.info("job %s: its message can't be edited (%s)", job.id, error.code)
        ways = [self._user]
        if job.reply_to is None or not job.reply_to.ephemeral:
            ways.insert(0, self._channel)
        for way in ways:
            try:
                return await self._post(await way(job), job, pictures, quiet=quiet)
            except discord.HTTPException as error:
                if not _is_closed(error):
                    raise
                log.info("job %s: no way through (%s)", job.id, error.code)
        log.warning("job %s: its asker can't be reached anywhere", job.id)
        return Delivered(channel_id=job.requester.channel_id, message_id=job.message_id)

    async def _edit(
        self, webhook: discord.Webhook, job: Job, pictures: list[Picture], *, quiet: bool
    ) -> Delivered:
        # Right after a defer Discord may not know the message yet.
        for pause in (0.5, 1.0, 2.0, None):
            files = _files(job, pictures)
            try:
                await webhook.edit_message(
                    job.message_id,
                    view=self._outcome(job, pictures, files, quiet=quiet),
                    attachments=files,
                    allowed_mentions=discord.AllowedMentions.none(),
                )
                break
            except discord.NotFound:
                if pause is None or self._clock() - job.created_at > 10:
                    raise
                await asyncio.sleep(pause)
        return Delivered(channel_id=job.requester.channel_id, message_id=job.message_id)

    async def _post(
        self, target: discord.abc.Messageable, job: Job, pictures: list[Picture], *, quiet: bool
    ) -> Delivered:
        files = _files(job, pictures)
        message = await target.send(
            view=self._outcome(job, pictures, files, quiet=quiet),
            files=files,
            nonce=str(job.id),
            allowed_mentions=discord.AllowedMentions(
                everyone=False, roles=False, users=[discord.Object(job.requester.user_id)]
            ),
        )
        return Delivered(channel_id=message.channel.id, message_id=message.id)

    def _outcome(
        self, job: Job, pictures: list[Picture], files: list[discord.File], *, quiet: bool
    ) -> ui.LayoutView:
        if not pictures:
            return self._cards.problem(job, quiet=quiet)
        return self._cards.result(job, pictures, [file.filename for file in files], quiet=quiet)

    async def _edit_progress(self, job: Job, progress: Progress) -> None:
        await self._show(job, self._cards.progress(job, progress))

    async def _show(self, job: Job, card: ui.LayoutView) -> None:
        if (webhook := self._webhook(job)) is not None:
            await webhook.edit_message(
                job.message_id, view=card, allowed_mentions=discord.AllowedMentions.none()
            )

    def _webhook(self, job: Job) -> discord.Webhook | None:
        reply_to = job.reply_to
        if reply_to is None or reply_to.token is None or self._clock() >= reply_to.expires_at:
            return None
        data: Any = {"id": reply_to.application_id, "type": 3, "token": reply_to.token}
        # discord.py offers no public way to an interaction's webhook by its token alone.
        state = self._client._connection  # pyright: ignore[reportPrivateUsage]  # see above
        return discord.Webhook.from_state(data=data, state=state)

    async def _channel(self, job: Job) -> discord.abc.Messageable:
        return self._client.get_partial_messageable(job.requester.channel_id, guild_id=job.requester.guild_id)

    async def _user(self, job: Job) -> discord.abc.Messageable:
        return await self._client.fetch_user(job.requester.user_id)


def _files(job: Job, pictures: Sequence[Picture]) -> list[discord.File]:
    names = _names(job, pictures)
    return [discord.File(picture.path, name) for picture, name in zip(pictures, names, strict=True)]


def _names(job: Job, pictures: Sequence[Picture]) -> list[str]:
    endings = [{"jpeg": "jpg"}.get(picture.format, picture.format) for picture in pictures]
    return [f"jimeng-{job.id}-{number}.{ending}" for number, ending in enumerate(endings, 1)]


def _is_closed(error: discord.HTTPException) -> bool:
    """Whether this way to the asker is closed, so that the next one is worth trying."""
    return error.status in (401, 403, 404) and error.code not in _AUTOMOD | _TOO_LARGE
