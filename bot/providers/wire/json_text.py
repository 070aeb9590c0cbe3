"""The pieces of JSON, read from bytes without parsing all of it."""

from __future__ import annotations

import json
import re
from typing import cast

LEADING_BLANKS = re.compile(rb"[ \t\r\n\xef\xbb\xbf]*+")
TOKEN = re.compile(rb'["{}\[\],:]')
SKIPPABLE = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
ESCAPED = re.compile(rb'(?:[^"\\]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
PARTIAL_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?")


def match_end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    """Return where a match at a position ends; the position itself without a match."""
    found = pattern.match(data, at)
    return found.end() if found else at


def unescaped(text: bytes) -> bytes:
    """Return a piece of a string without its escapes; raise ValueError for one that isn't ASCII."""
    if b"\\\\" in text:
        raise ValueError("a backslash")
    return text.replace(b"\\/", b"/").decode("unicode_escape").encode("ascii")


def unescaped_key(raw: bytes) -> bytes:
    """Return a key without its escapes; empty for one that isn't valid."""
    return unescaped_text(raw).encode()


def unescaped_text(raw: bytes) -> str:
    """Return a whole string without its escapes; empty for one that isn't valid."""
    try:
        text: str = json.loads(b'"%s"' % raw, strict=False)
        text.encode()  # half of a surrogate pair is no text
    except ValueError:
        return ""
    return text


def reports_error(text: str) -> bool:
    """Whether a JSON object has something in a member that errors have."""
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(body, dict):
        return False
    return any(cast("dict[str, object]", body).get(key) for key in ("error", "message", "code"))
