"""The pieces of JSON, read from bytes without parsing all of it."""

from __future__ import annotations

import codecs
import json
import re
from typing import cast

LEADING_BLANKS = re.compile(rb"[ \t\r\n\xef\xbb\xbf]*+")
TOKEN = re.compile(rb'["{}\[\],:]')
SKIPPABLE = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
ESCAPED = re.compile(rb'(?:[^"\\]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
EVENT_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
"""What the lines of a stream of events begin with; JSON follows the first of them."""
PICTURE_START = 16
"""Bytes of a string that decide whether it is a picture."""
PICTURE_IN_BASE64 = re.compile(rb"iVBORw0KGgo|\\?/9j\\?/|UklGR|R0lGOD|SUkqA|TU0AK")
"""The beginnings of PNG, JPEG, WebP, GIF and TIFF."""
PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"GIF8")
"""What a body begins with that is a picture itself."""
WEB_ADDRESS = re.compile(rb"https?:", re.IGNORECASE)
_CHARSETS = frozenset(
    {"gbk", "gb2312", "gb18030", "big5", "big5hkscs", "iso8859-1", "cp1252", "shift_jis", "euc_kr", "utf-16"}
)
_NO_ERROR = frozenset({"", "0", "200", "null", "none", "false", "ok", "success", "succeeded"})
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


def decoded_text(body: bytes, charset: str | None = None) -> str:
    """Return the text of a body, in UTF-8 unless its header names another character set that is known."""
    return body.decode(_encoding(charset), errors="replace")


def _encoding(charset: str | None) -> str:
    try:
        name = codecs.lookup(charset or "").name
    except (LookupError, ValueError):
        name = ""
    # Not any codec of Python's: some of them take far longer than the text is long.
    return name if name in _CHARSETS else "utf-8-sig"


def reports_error(text: str) -> bool:
    """Whether a JSON object tells of an error in a member that errors have."""
    return any(_tells_error(_object(text).get(key)) for key in ("error", "message", "code"))


def names_error(text: str) -> bool:
    """Whether a JSON object tells of an error in its member ``error``."""
    return _tells_error(_object(text).get("error"))


def _tells_error(value: object) -> bool:
    """Whether a value isn't what services write where nothing failed, such as code 0 and "success"."""
    if isinstance(value, dict):
        return any(not _is_nothing(each) for each in cast("dict[str, object]", value).values())
    return not _is_nothing(value)


def _is_nothing(value: object) -> bool:
    return not value or str(value).strip().lower() in _NO_ERROR


def _object(text: str) -> dict[str, object]:
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", body) if isinstance(body, dict) else {}
