"""Removes passwords from what drivers say about a connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import URL

_SECRET_OPTIONS = ("password", "sslpassword")
_MIN_PIECE = 3
"""Characters; removing shorter pieces would make a message unreadable."""


def redact(message: object, address: URL) -> str:
    """Remove the passwords of a database URL from a message, and their pieces between punctuation."""
    forms = sorted({form for secret in _secrets(address) for form in _forms(secret)}, key=len, reverse=True)
    found = re.compile("|".join(map(re.escape, forms)) or r"(?!)")
    return found.sub("***", str(message))


def _secrets(address: URL) -> Iterator[str]:
    yield str(address.password or "")
    for name in _SECRET_OPTIONS:
        value = address.query.get(name, ())
        yield from [value] if isinstance(value, str) else value


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as written in a URL, as decoded, and in pieces, as a parser may cut it."""
    for form in filter(None, (secret, quote(secret), quote_plus(secret), quote(secret, safe=""))):
        yield form
        yield from (piece for piece in re.split(r"[\W_]+", form) if len(piece) >= _MIN_PIECE)
