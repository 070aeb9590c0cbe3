"""Take an error body apart: relays nest JSON within text within JSON.

``refusals`` decides what the parts mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast


@dataclass(frozen=True, slots=True)
class NestedError:
    """One object or text of the body, ``depth`` levels in: its codes, the parameter it names, its message."""

    depth: int
    codes: tuple[str, ...]
    param: str
    message: str


def nested_errors(body: str) -> list[NestedError]:
    """Parse a body, the innermost error first; of an HTML or XML page only the codes count."""
    if body.lstrip("\ufeff \r\n\t").startswith("<"):
        return [NestedError(0, tuple(islice(_codes_on_page(body), _MAX_ERRORS)), "", "")]
    errors = islice(_walk({"message": body}, 0), _MAX_ERRORS)
    return sorted(errors, key=lambda error: -error.depth)


_MAX_MESSAGE = 4_000
_MAX_ERRORS = 100
_MAX_DEPTH = 50

_CODE_FIELDS = (
    *("code", "coden", "error_code", "errorcode", "errcode", "status", "status_code", "statuscode", "ret"),
    *("reason", "error", "message", "type", "name", "title"),
)
_TEXT_FIELDS = {
    *("message", "msg", "error", "error_message", "error_msg", "errormessage", "errmsg", "detail", "reason"),
    "title",
}
_ECHO_FIELDS = {"prompt", "input", "request", "image", "params", "parameters"}

_MARKUP = re.compile(r"<[^<>]*>|&\w{1,10};")
_CAMEL_CASE = re.compile(r"(?<![\w./])[A-Z][a-z]+[A-Z]\w+(?:\.[A-Z]\w+)*")
_CODE = re.compile(r"[\w.-]{2,80}")
_PAIR = re.compile(r"""["'](\w{2,20})["']\s*:\s*(?:"([^"]*)|'([^']*)|(\d+))""")
_NOISE = re.compile(
    r"""https?://[^\s"'<>，。；）]+|request[ _-]?id\W{0,3}[\w-]+"""
    r"""|(?:(?<=prompt)|(?<=提示词))(?:["']?\s*[:=：]\s*|\s+)["'“‘「][^"'”’」]*["'”’」]?""",
    re.IGNORECASE,
)
"""What a message repeats of the request: URLs, ids, the quoted prompt."""


def _codes_on_page(page: str) -> Iterator[str]:
    """Find CamelCase codes: a framework's error page can contain the model's own error."""
    return (found[0] for found in _CAMEL_CASE.finditer(_MARKUP.sub(" ", page)))


def _walk(value: object, depth: int) -> Iterator[NestedError]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _walk(each, depth + 1)
    elif isinstance(value, str):
        yield from _walk({"message": value}, depth)
    elif isinstance(value, dict):
        yield from _walk_object(cast("dict[str, object]", value), depth)


def _walk_object(value: dict[str, object], depth: int) -> Iterator[NestedError]:
    fields = {key.lower(): inner for key, inner in value.items() if key.lower() not in _ECHO_FIELDS}
    texts: list[str] = []
    for key, inner in fields.items():
        nested: list[object] = [inner] if isinstance(inner, (dict, list)) else []
        if isinstance(inner, str) and key in _TEXT_FIELDS:
            text, nested = _split(inner)
            texts.append(text)
        yield from _walk(nested, depth)
    codes = (_plain(fields[key]) for key in _CODE_FIELDS if isinstance(fields.get(key), (str, int, float)))
    message = _NOISE.sub(" ", "\n".join(texts)).strip()[:_MAX_MESSAGE]
    yield NestedError(depth, tuple(filter(_CODE.fullmatch, codes)), str(fields.get("param", "")), message)


def _plain(code: object) -> str:
    """Format a code; some JSON encoders write 50413 as 50413.0."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _split(text: str) -> tuple[str, list[object]]:
    """Separate running text from the JSON objects within it; of a broken object only the fields are read."""
    texts: list[str] = []
    objects: list[object] = []
    at = 0
    while (start := text.find("{", at)) >= 0:
        texts.append(text[at:start])
        try:
            value, at = json.JSONDecoder(strict=False).raw_decode(text, start)
        except (ValueError, RecursionError):
            fields = _fields(text[start:])
            return " ".join(texts if fields else [text]), [*objects, fields]
        objects.append(value)
    return " ".join([*texts, text[at:]]), objects


def _fields(broken: str) -> dict[str, object]:
    """Extract the fields of JSON that is truncated, escaped twice or single-quoted; the last value wins."""
    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), broken)
    text = re.sub(r"\\+([\"'])", r"\1", text)
    return {found[1]: found[2] or found[3] or found[4] or "" for found in _PAIR.finditer(text)}
