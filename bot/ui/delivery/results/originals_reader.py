"""Reads finished pictures: from the message that shows them, else from the stored originals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import discord

from bot.domain.errors import BadReply, RuleBroken
from bot.domain.models import Job, Picture
from bot.domain.ports import Fit, Originals
from bot.ui.intake.references.media import Media

_PREVIEW = 200_000
"""Bytes of a preview at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalsAnswer:
    """A job's originals: files, or links when the files are too large to send."""

    files: tuple[bytes, ...] = ()
    links: tuple[str, ...] = ()


class OriginalsReader:
    """Reads from ``originals`` and from Discord, shrinking with ``fit`` where a limit requires it."""

    def __init__(self, originals: Originals, fit: Fit, client: discord.Client) -> None:
        self._originals = originals
        self._fit = fit
        self._client = client

    async def preview(self, job: Job) -> bytes | None:
        """Return a small copy of a job's first stored picture; None when it is gone."""
        return await self._copy(job.pictures[0], job.kept[0], _PREVIEW)

    async def copies(self, job: Job, shown: Sequence[Media], limit: int) -> list[bytes]:
        """Return a job's pictures, each within ``limit`` bytes; raise ``RuleBroken`` when one is gone.

        They are read from the message that shows them (``shown``), else from the stored originals.
        """
        try:
            return await self._downloaded(job, shown, limit) or await self._stored(job, limit)
        except BadReply as error:  # a picture can't be shrunk that far
            raise RuleBroken("too-large-here") from error

    async def _downloaded(self, job: Job, shown: Sequence[Media], limit: int) -> list[bytes]:
        """Return the pictures that a message shows; none where the message or a picture is gone."""
        if len(shown) < len(job.pictures):
            return []
        try:
            # The media of components, as discord.py builds them, can't be read by their own method.
            get = self._client.http.get_from_cdn
            # One after the other, so that at most one whole file is in memory.
            return [
                await self._fitted(picture, await get(media.url), limit)
                for picture, media in zip(job.pictures, shown, strict=False)
            ]
        except (discord.NotFound, discord.Forbidden):
            return []

    async def _stored(self, job: Job, limit: int) -> list[bytes]:
        copies = [
            await self._copy(picture, name, limit)
            for picture, name in zip(job.pictures, job.kept, strict=False)
        ]
        found = [copy for copy in copies if copy is not None]
        if not found or len(found) < len(job.pictures):
            raise RuleBroken("not-there")
        return found

    async def originals(self, job: Job, limit: int) -> OriginalsAnswer:
        """Return a job's untouched pictures if they total at most ``limit`` bytes, else links to them."""
        sizes = {name: await self._originals.size(name) for name in job.kept}
        there = {name: size for name, size in sizes.items() if size is not None}
        if not there:
            raise RuleBroken("no-original")
        total = sum(there.values())
        if total > limit:
            return await self._links(there, total)
        read = [await self._originals.read(name) for name in there]
        if not (files := tuple(content for content in read if content is not None)):
            raise RuleBroken("no-original")
        return OriginalsAnswer(files=files)

    async def _links(self, names: Iterable[str], total: int) -> OriginalsAnswer:
        links = [await self._originals.link(name) for name in names]
        if not all(links):
            raise RuleBroken("original-too-large", megabytes=round(total / 1e6))
        return OriginalsAnswer(links=tuple(link for link in links if link))

    async def _copy(self, picture: Picture, name: str, limit: int) -> bytes | None:
        content = await self._originals.read(name)
        return None if content is None else await self._fitted(picture, content, limit)

    async def _fitted(self, picture: Picture, content: bytes, limit: int) -> bytes:
        """Return the bytes of a picture, shrunk if they exceed ``limit``."""
        if len(content) <= limit:
            return content
        with TemporaryDirectory() as folder:
            path = Path(folder) / picture.path.name
            await asyncio.to_thread(path.write_bytes, content)
            fitted = await self._fit(replace(picture, path=path), limit, Path(folder) / "fitted")
            return await asyncio.to_thread(fitted.path.read_bytes)
