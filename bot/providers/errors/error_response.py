"""A relay response without a picture."""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from aiohttp import ClientError, ClientResponse

from bot.domain.errors import BotError
from bot.providers.errors.refusals import classify, token_refused
from bot.providers.wire.json_text import decoded_text

log = logging.getLogger(__name__)

_MAX_TEXT = 64 * 1024
_MASK = "***"
_SHORT_BEGINNING, _LONG_BEGINNING = 6, 12
"""Characters of a token's beginning that a service repeats on purpose: half of it, within these limits."""


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """A response's status and text, with the token of the call, because the text may repeat it."""

    status: int
    text: str
    retry_after: str | None
    token: str = field(repr=False)

    @classmethod
    def from_response(cls, response: ClientResponse, text: str, token: str) -> Self:
        """Build it from a response to a call made with this token."""
        return cls(response.status, text, _retry_after(response.headers), token)

    @property
    def token_refused(self) -> bool:
        """Whether the relay refused the token, so that a new one may help."""
        return token_refused(self.status, self.text)

    def to_error(self, prompt: str = "") -> BotError:
        """Return the error of a call with this prompt, with the token masked where the relay repeated it."""
        # Masked before it is read as well: a part of it would be left where the text is cut.
        error = classify(self.status, self._masked(self.text), retry_after=self.retry_after, prompt=prompt)
        error.detail = self._masked(error.detail)
        return error

    def _masked(self, text: str) -> str:
        """Return a text without the token; a service may repeat only its beginning."""
        text = text.replace(self.token, _MASK)
        beginning = self.token[: min(_LONG_BEGINNING, len(self.token) // 2)]
        if len(beginning) < _SHORT_BEGINNING:
            return text
        return re.sub(rf"{re.escape(beginning)}[\w.~+/=-]*", _MASK, text)


def _retry_after(headers: Mapping[str, str]) -> str | None:
    """Return a header Retry-After, or what some services say instead of it, more exactly."""
    try:
        return str(float(headers["retry-after-ms"]) / 1000)
    except (KeyError, ValueError):
        return headers.get("Retry-After")


async def read_text(response: ClientResponse) -> str:
    """Read the body's first 64 KiB, or less if the connection breaks: the status still counts."""
    text = bytearray()
    try:
        async for chunk in response.content.iter_chunked(8192):
            text += chunk
            if len(text) >= _MAX_TEXT:
                break
    except (ClientError, OSError, RuntimeError, zlib.error) as error:
        log.debug(
            "The body of a response with status %d was cut off: %s", response.status, type(error).__name__
        )
    return decoded_text(bytes(text[:_MAX_TEXT]), response.charset)
