"""A relay that is helped where it can't fetch what Discord keeps."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from bot.domain.errors import BotError, ReferenceUnusable
from bot.domain.models import Header, ImageRequest, Picture, PictureFormat

log = logging.getLogger(__name__)

DISCORDS_FILES = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_REMEMBERED = 256


class Relay(Protocol):
    """Whatever draws: one call, one try."""

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Draw a picture into the folder ``into``; raise only ``BotError``."""
        ...


class Publisher(Protocol):
    """Wherever pictures can be put for all to read."""

    async def publish(self, picture: bytes, form: PictureFormat) -> str:
        """Return a picture's public address; raise only ``BotError``."""
        ...


@dataclass(slots=True)
class _Published:
    """Where a file was published; ``turn`` lets one of several calls do it for all."""

    url: str | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class PublishingRelay:
    """Draw with ``relay``; publish a reference that it can't fetch from ``hosts``, and try once more.

    ``fetch`` reads a URL within the size that references may have, ``sniff`` reads a picture's first bytes.
    """

    def __init__(
        self,
        relay: Relay,
        publisher: Publisher,
        *,
        fetch: Callable[[str], Awaitable[bytes]],
        sniff: Callable[[bytes], Header | None],
        hosts: Collection[str] = DISCORDS_FILES,
    ) -> None:
        self._relay = relay
        self._publisher = publisher
        self._fetch = fetch
        self._sniff = sniff
        self._hosts = hosts
        self._published: OrderedDict[str, _Published] = OrderedDict()

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Draw a picture into the folder ``into``; raise only BotErrors."""
        try:
            return await self._relay.generate(request, into)
        except ReferenceUnusable as error:
            url = request.reference or ""
            if error.problem != "unreachable" or urlsplit(url).hostname not in self._hosts:
                raise
            public = await self._public(url)
            if public is None:
                raise
        return await self._relay.generate(replace(request, reference=public), into)

    async def _public(self, url: str) -> str | None:
        """Return a file's public address; None where it can't be published."""
        # Discord signs each link anew: what comes before the question mark is the file.
        name = url.partition("?")[0]
        published = self._published.setdefault(name, _Published())
        self._published.move_to_end(name)
        if len(self._published) > _REMEMBERED:
            self._published.popitem(last=False)
        async with published.turn:
            if published.url is None:
                published.url = await self._publish(url)
        return published.url

    async def _publish(self, url: str) -> str | None:
        try:
            picture = await self._fetch(url)
            if (header := self._sniff(picture)) is None:
                raise ReferenceUnusable("not-picture", "what Discord keeps there is no picture")
            public = await self._publisher.publish(picture, header.format)
        except BotError as error:
            log.warning(
                "a reference can't be published: %s %s", error, error.detail, exc_info=error.__cause__
            )
            return None
        log.info("a reference that the relay can't fetch from Discord was published")
        return public
