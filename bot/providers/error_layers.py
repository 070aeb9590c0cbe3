"""Read an error's body as layers: JSON within text within JSON, each with what it says.

What the words mean is judged in ``refusals``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast


@dataclass(frozen=True, slots=True)
class Layer:
    """What one object or text says: its codes, the parameter it names and its words, ``depth`` levels in."""

    depth: int
    codes: tuple[str, ...]
    param: str
    words: str


def layers_of(body: str) -> list[Layer]:
    """Read a body, the innermost layer first; of an HTML or XML page only the codes count."""
    if body.lstrip("\ufeff \r\n\t").startswith("<"):
        return [Layer(0, tuple(islice(_codes_on_page(body), _MOST_LAYERS)), "", "")]
    layers = islice(_layers({"message": body}, 0), _MOST_LAYERS)
    return sorted(layers, key=lambda layer: -layer.depth)


_MOST_WORDS = 4_000
_MOST_LAYERS = 100
_DEEPEST = 50

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
"""What a message repeats of the request: addresses, ids, the prompt in quotes."""


def _codes_on_page(page: str) -> Iterator[str]:
    """Find CamelCase names: a framework's error page can carry the model's own complaint."""
    return (found[0] for found in _CAMEL_CASE.finditer(_MARKUP.sub(" ", page)))


def _layers(value: object, depth: int) -> Iterator[Layer]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _layers(each, depth + 1)
    elif isinstance(value, str):
        yield from _layers({"message": value}, depth)
    elif isinstance(value, dict):
        yield from _layers_of_object(cast("dict[str, object]", value), depth)


def _layers_of_object(value: dict[str, object], depth: int) -> Iterator[Layer]:
    fields = {key.lower(): inner for key, inner in value.items() if key.lower() not in _ECHO_FIELDS}
    said: list[str] = []
    for key, inner in fields.items():
        nested: list[object] = [inner] if isinstance(inner, (dict, list)) else []
        if isinstance(inner, str) and key in _TEXT_FIELDS:
            words, nested = _split(inner)
            said.append(words)
        yield from _layers(nested, depth)
    codes = (_plain(fields[key]) for key in _CODE_FIELDS if isinstance(fields.get(key), (str, int, float)))
    words = _NOISE.sub(" ", "\n".join(said)).strip()[:_MOST_WORDS]
    yield Layer(depth, tuple(filter(_CODE.fullmatch, codes)), str(fields.get("param", "")), words)


def _plain(code: object) -> str:
    """Spell a code; some writers of JSON make 50413.0 of a number."""
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _split(text: str) -> tuple[str, list[object]]:
    """Take running text and the JSON objects within it apart; of broken ones only their fields are read."""
    words: list[str] = []
    objects: list[object] = []
    at = 0
    while (start := text.find("{", at)) >= 0:
        words.append(text[at:start])
        try:
            value, at = json.JSONDecoder(strict=False).raw_decode(text, start)
        except (ValueError, RecursionError):
            fields = _fields(text[start:])
            return " ".join(words if fields else [text]), [*objects, fields]
        objects.append(value)
    return " ".join([*words, text[at:]]), objects


def _fields(broken: str) -> dict[str, object]:
    """Pick the fields out of JSON that is cut off, quoted again or single-quoted; the last of a name wins."""
    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), broken)
    text = re.sub(r"\\+([\"'])", r"\1", text)
    return {found[1]: found[2] or found[3] or found[4] or "" for found in _PAIR.finditer(text)}
