"""Translate the errors of aiohttp, the sockets and the disk into BotErrors."""

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

from bot.domain.errors import BadReply, BotError, LocalFailure, OperatorError, RelayUnavailable
from bot.domain.local_failures import local_failure

TRANSPORT_ERRORS = (ClientError, OSError, ValueError, RuntimeError, zlib.error)
"""Everything that a call to the relay can raise besides BotErrors."""

_MEANINGS: tuple[tuple[tuple[type[Exception], ...], type[BotError]], ...] = (
    ((InvalidURL, NonHttpUrlClientError), OperatorError),
    ((ClientPayloadError, zlib.error), BadReply),  # truncated, or not in the encoding it claims
    # aiohttp raises RuntimeError for a closed session, an executor for closed threads.
    ((ClientError, TimeoutError, ConnectionError, ssl.SSLError, RuntimeError), RelayUnavailable),
    ((OSError,), LocalFailure),  # the remaining ones come from the disk
    ((ValueError,), OperatorError),  # a URL or token that can't be put into a request
)
"""The first matching row wins."""


def translate(error: Exception) -> BotError:
    """Return the BotError for an error; raise it outside the handler, or the original stays its context."""
    if isinstance(error, OSError) and (failure := local_failure(error)) is not None:
        # Also where aiohttp reports that a socket couldn't be opened for want of file handles.
        return failure
    ours = next(ours for theirs, ours in _MEANINGS if isinstance(error, theirs))
    if isinstance(error, ClientResponseError) and "content-encoding" in error.message:
        # No other call would be answered differently, and each may be charged.
        ours = OperatorError
    meaning = ours(f"{type(error).__name__}: {error}")
    # A response error prints the request's headers, and with them the token.
    meaning.__cause__ = None if isinstance(error, ClientResponseError) else error
    return meaning
