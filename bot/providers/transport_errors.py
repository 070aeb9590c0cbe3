"""What the errors of the wire and the disk mean."""

from __future__ import annotations

import ssl
import zlib

from aiohttp import (
    ClientError,
    ClientPayloadError,
    ClientResponseError,
    InvalidURL,
    NonHttpUrlClientError,
)

from bot.domain.errors import BadReply, BotError, OperatorError, RelayUnavailable

FOREIGN = (ClientError, OSError, ValueError, RuntimeError, zlib.error)
"""All that a call of the relay may raise besides BotErrors."""

_MEANINGS: tuple[tuple[tuple[type[Exception], ...], type[BotError]], ...] = (
    ((InvalidURL, NonHttpUrlClientError), OperatorError),
    ((ClientPayloadError, zlib.error), BadReply),  # cut off, or not the encoding it claims
    # A RuntimeError is aiohttp's word for a session, or the executor's for threads, closed under a call.
    ((ClientError, TimeoutError, ConnectionError, ssl.SSLError, RuntimeError), RelayUnavailable),
    ((OSError,), OperatorError),  # what is left is the disk
    ((ValueError,), OperatorError),  # an address or a token that can't be put into a request
)
"""What each means; the first row that fits wins."""


def translated(error: Exception) -> BotError:
    """Return our error for a foreign one; raise it outside of the handler, or theirs stays its context."""
    ours = next(ours for theirs, ours in _MEANINGS if isinstance(error, theirs))
    meaning = ours(f"{type(error).__name__}: {error}")
    # What prints the request's headers is dropped, because the token is among them.
    meaning.__cause__ = None if isinstance(error, ClientResponseError) else error
    return meaning
