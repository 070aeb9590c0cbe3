"""What the relay says where it doesn't send a picture."""

from __future__ import annotations

import logging
import zlib
from dataclasses import dataclass, field
from typing import Self

from aiohttp import ClientError, ClientResponse

from bot.domain.errors import BotError
from bot.providers.credentials import Access
from bot.providers.refusals import explain, lacks_token

log = logging.getLogger(__name__)

_MOST_TEXT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in words, and the token of the call, which it may repeat."""

    status: int
    text: str
    retry_after: str | None
    token: str = field(repr=False)

    @classmethod
    def of(cls, response: ClientResponse, text: str, access: Access) -> Self:
        """Return what a response to a call with this access says."""
        return cls(response.status, text, response.headers.get("Retry-After"), access.token)

    @property
    def lacks_token(self) -> bool:
        """Whether the relay refused the token, so that a fresh one may help."""
        return lacks_token(self.status, self.text)

    def meaning(self) -> BotError:
        """Return the error that it stands for, without the token where the relay repeated it."""
        error = explain(self.status, self.text, retry_after=self.retry_after)
        error.detail = error.detail.replace(self.token, "***")
        return error


async def read_text(response: ClientResponse) -> str:
    """Read the body's first 64 KiB, or what there is of them when it breaks off: the status still counts."""
    text = bytearray()
    try:
        async for chunk in response.content.iter_chunked(8192):
            text += chunk
            if len(text) >= _MOST_TEXT:
                break
    except (ClientError, OSError, RuntimeError, zlib.error) as error:
        log.debug("An answer with status %d broke off: %s", response.status, type(error).__name__)
    return text[:_MOST_TEXT].decode(errors="replace")
