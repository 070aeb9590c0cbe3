"""Publish references that the relay can't fetch from Discord's CDN."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from bot.domain.errors import BotError, ReferenceUnusable
from bot.domain.models import Header, ImageRequest, Picture
from bot.domain.ports import Publisher, Relay

log = logging.getLogger(__name__)

DISCORD_CDN_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_MAX_REMEMBERED = 256
_MAX_HEADER = 1024 * 1024


@dataclass(slots=True)
class _Published:
    """A file's public URL; with ``lock`` one of several concurrent calls publishes it for all."""

    url: str | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class PublishingRelay:
    """Generate with ``relay``; if it can't fetch a reference from ``hosts``, publish the file and retry once.

    ``fetch`` downloads a URL up to the size limit of references, ``sniff`` reads a picture's header.
    """

    def __init__(
        self,
        relay: Relay,
        publisher: Publisher,
        *,
        fetch: Callable[[str], Awaitable[bytes]],
        sniff: Callable[[bytes], Header | None],
        hosts: Collection[str] = DISCORD_CDN_HOSTS,
    ) -> None:
        self._relay = relay
        self._publisher = publisher
        self._fetch = fetch
        self._sniff = sniff
        self._hosts = hosts
        self._published: OrderedDict[str, _Published] = OrderedDict()

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate a picture in the folder ``into``; raise only BotErrors."""
        try:
            return await self._relay.generate(request, into)
        except ReferenceUnusable as error:
            url = request.reference or ""
            if error.problem != "unreachable" or urlsplit(url).hostname not in self._hosts:
                raise
            public = await self._public(url)
            if public is None:
                raise
        try:
            return await self._relay.generate(replace(request, reference=public), into)
        except ReferenceUnusable as error:
            # Stores delete files: what was published earlier may be gone.
            renewed = await self._public(url, instead_of=public) if error.problem == "unreachable" else None
            if renewed in (None, public):
                raise
        return await self._relay.generate(replace(request, reference=renewed), into)

    async def _public(self, url: str, *, instead_of: str | None = None) -> str | None:
        """Return a file's public URL, published anew if it is ``instead_of``; None if that isn't possible."""
        # Discord signs each link anew: the part before the query identifies the file.
        file = url.partition("?")[0]
        published = self._published.setdefault(file, _Published())
        self._published.move_to_end(file)
        if len(self._published) > _MAX_REMEMBERED:
            self._published.popitem(last=False)
        async with published.lock:
            if published.url in (None, instead_of):
                published.url = await self._publish(url)
        return published.url

    async def _publish(self, url: str) -> str | None:
        try:
            picture = await self._fetch(url)
            if (header := self._sniff(picture[:_MAX_HEADER])) is None:
                raise ReferenceUnusable("not-picture", "the file on Discord's CDN is no picture")
            public = await self._publisher.publish(picture, header.format)
        except BotError as error:
            log.warning("Publishing a reference failed: %s %s", error, error.detail, exc_info=error.fault)
            return None
        log.info("Published a reference that the relay can't fetch from Discord.")
        return public
