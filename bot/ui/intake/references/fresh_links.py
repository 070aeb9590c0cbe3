"""Renews links to files on Discord, which are signed for about a day."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import discord
from discord.http import Route

from bot.ui.discord_errors import unexpected
from bot.ui.intake.references.media import is_discord_file

log = logging.getLogger(__name__)

_MARGIN = 3600.0
"""Seconds for which a link must remain valid, as its request may wait in the queue."""
_TIMEOUT = 5.0
"""Seconds that a renewal may take."""
_RENEWAL = "/attachments/refresh-urls"
"""Discord's clients renew links by it; it is open to bots, but not documented, so it may fail any day."""


class FreshLinks:
    """Asks Discord for new links to files whose links have expired or will soon."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def renew(self, url: str) -> str:
        """Return a valid link to the same file; ``url`` itself if it needs none, or Discord gives none."""
        if not _is_attachment(url) or is_link_valid(url):
            return url
        route = Route("POST", _RENEWAL)
        try:
            async with asyncio.timeout(_TIMEOUT):
                answer = await self._client.http.request(route, json={"attachment_urls": [url]})
            return _renewed_in(answer, url)
        except Exception as error:
            # Whether the file can be fetched is found out by fetching it.
            log.info("a link to a file on Discord isn't renewed: %r", error, exc_info=unexpected(error))
            return url


def is_link_valid(url: str) -> bool:
    """Whether a link to a file remains valid for as long as its request may wait."""
    until = _signed_until(url)
    if until is None:
        return not _is_attachment(url)
    return until > discord.utils.utcnow().timestamp() + _MARGIN


def _signed_until(url: str) -> int | None:
    found = re.search(r"[?&]ex=([0-9a-f]{1,16})(?:&|$)", url)
    return None if found is None else int(found[1], 16)


def _is_attachment(url: str) -> bool:
    """Whether a link leads to a file of a message, which alone are signed."""
    return is_discord_file(url) and re.match(r"https://[^/]+/(?:ephemeral-)?attachments/", url) is not None


def _renewed_in(answer: Any, url: str) -> str:
    renewed = answer["refreshed_urls"][0]["refreshed"]
    return renewed if isinstance(renewed, str) and _is_attachment(renewed) else url
