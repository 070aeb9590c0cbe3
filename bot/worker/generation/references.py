"""Prepares a job's references for the relay, which fetches them by links: their own, or those of copies.

Copies are made before the first picture, and again after a crash or by another worker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.domain import request_rules
from bot.domain.errors import BotError, LocalFailure, ReferenceUnusable, about_reference
from bot.domain.models import FoundPicture, ImageRequest, Job
from bot.domain.ports import CopyPublisher, UrlGuard
from bot.pictures.copier import PictureCopier, remove
from bot.sources.reference_limits import MAX_SOURCE_BYTES, needs_copy

log = logging.getLogger(__name__)

PrepareRequest = Callable[[Job], Awaitable[ImageRequest]]
"""Returns a job's request as the relay gets it; raises ``BotError``."""
_LEFT_TO_THE_RELAY = frozenset({"unreachable", "not-public"})
"""Problems of a link that the relay may not have."""


class ReferencePreparation:
    """Copies references that the relay doesn't accept or may show differently.

    The files are below ``spool`` until the job is done; ``copies`` puts a copy where the relay can fetch it.
    """

    def __init__(self, guard: UrlGuard, copier: PictureCopier, copies: CopyPublisher, spool: Path) -> None:
        self._guard = guard
        self._copier = copier
        self._copies = copies
        self._spool = spool

    async def prepare(self, job: Job) -> ImageRequest:
        """Return a job's request with links of its references that the relay accepts; raise ``BotError``."""
        request = request_rules.relay_request(job.draft)
        urls = request.references
        links: list[str] = []
        for number, url in enumerate(urls, 1):
            with about_reference(number, of=len(urls)):
                links.append(await self._link(job, number, url))
        return request.with_references(links)

    async def _link(self, job: Job, number: int, url: str) -> str:
        """Return a link that the relay accepts to the reference with a number."""
        found = await self._inspect(url)
        if found is None:
            return url
        if needs_copy(found):
            return await self._copied(job, number, found.url)
        if found.plain:
            return url
        try:
            return await self._copied(job, number, found.url)
        except LocalFailure:
            raise
        except BotError as error:
            log.info("job %s: reference %d is used as it is: %s", job.id, number, error.detail)
            return url

    async def _inspect(self, url: str) -> FoundPicture | None:
        """Return what a link leads to; None if this machine can't tell."""
        try:
            return await self._guard.inspect(url)
        except ReferenceUnusable as error:
            if error.problem in _LEFT_TO_THE_RELAY:
                return None
            raise

    async def _copied(self, job: Job, number: int, url: str) -> str:
        """Return the link of a copy, made unless an earlier attempt did."""
        folder = self._spool / str(job.id) / "reference" / str(number)
        if (link := await asyncio.to_thread(_read, folder / "link")) is not None:
            return link
        source, target = folder / "source", folder / "reference.jpg"
        await asyncio.to_thread(_write, source, await self._guard.fetch(url, most=MAX_SOURCE_BYTES))
        try:
            copy = await self._copier.copy(source, target)
        finally:
            await asyncio.to_thread(remove, source)
        link = await self._copies.publish(job, number, copy.path)
        if link is None:
            raise ReferenceUnusable("needs-copy", "there is no place for its copy")
        await asyncio.to_thread(_write, folder / "link", link.encode())
        return link


def _read(file: Path) -> str | None:
    # Empty after a power cut.
    return (file.read_text() or None) if file.exists() else None


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(content)
    part.rename(file)
