"""Take an error body apart: relays nest JSON within text within JSON.

``refusals`` decides what the parts mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import cast

from bot.providers.errors.prompt_echo import without_echo
from bot.textfilter.traditional_chinese import SIMPLIFIED


@dataclass(frozen=True, slots=True)
class NestedError:
    """One object or text of the body, ``depth`` levels in: its codes, the parameter it names, its message."""

    depth: int
    codes: tuple[str, ...]
    param: str
    message: str


def nested_errors(body: str, prompt: str = "") -> list[NestedError]:
    """Parse a body, the innermost error first; of an HTML or XML page only the codes count.

    What a message repeats of ``prompt`` is left out.
    """
    if body.lstrip("\ufeff \r\n\t").startswith("<"):
        return [NestedError(0, tuple(islice(_codes_on_page(body), _MAX_ERRORS)), "", "")]
    found = sorted(islice(_walk({"message": body}, 0), _MAX_ERRORS), key=lambda error: -error.depth)
    return list(_within_limit(replace(error, message=without_echo(error.message, prompt)) for error in found))


_MAX_MESSAGE = 1_500
_MAX_TEXT = 4_000
"""Characters of all messages together: matching them takes 50 patterns each."""
_MAX_ERRORS = 100
_MAX_BROKEN = 16_000
_MAX_DEPTH = 50

_CODE_FIELDS = (
    *("code", "coden", "error_code", "errorcode", "errcode", "status", "status_code", "statuscode", "ret"),
    *("reason", "error", "message", "type", "name", "title"),
    *("finish_reason", "finishreason", "block_reason", "blockreason"),
)
_NO_CODES = frozenset({"ok", "success", "succeeded", "completed", "stop"})
"""What fields for codes say where nothing failed."""
_TEXT_FIELDS = {
    *("message", "msg", "error", "error_message", "error_msg", "errormessage", "errmsg", "detail", "reason"),
    *("title", "errors", "status_msg", "failure_reason", "fail_reason", "fail_msg", "exception"),
    *("faultstring", "error_description", "error_detail", "error_info"),
    *("raw", "details", "cause"),  # what a gateway passes on of the service behind it
}
_ECHO_FIELDS = {
    *("prompt", "prompts", "input", "inputs", "request", "payload", "query", "image", "params", "parameters"),
    *("original_prompt", "revised_prompt", "actual_prompt", "prompt_text", "negative_prompt", "caption"),
}

_TO_SIMPLIFIED = str.maketrans(SIMPLIFIED)
"""The tables of words are in simplified Chinese."""
_MARKUP = re.compile(r"<[^<>]*>|&\w{1,10};")
_CAMEL_CASE = re.compile(r"(?<![\w./])[A-Z][a-z]+[A-Z]\w+(?:\.[A-Z]\w+)*")
_CODE = re.compile(r"[\w.-]{2,80}")
_PAIR = re.compile(r"""["'](\w{2,20})["']\s*:\s*(?:"([^"]*)|'([^']*)|(\d+))""")
# Without the lookbehind, each backslash of a long run would scan the rest of it.
_ESCAPED_CHARACTER = re.compile(r"(?<!\\)\\++u([0-9a-fA-F]{4})")
_ESCAPED_QUOTE = re.compile(r"(?<!\\)\\++([\"'])")
_NOISE = re.compile(
    r"""https?://[^\s"'<>，。；）]+|request[ _-]?id\W{0,3}[\w-]+"""
    r"""|(?:(?<=prompt)|(?<=提示词))(?:["']?\s*[:=：]\s*|\s+)["'“‘「][^"'”’」]*["'”’」]?""",
    re.IGNORECASE,
)
"""What a message repeats of the request: URLs, ids, the quoted prompt."""


def _within_limit(errors: Iterable[NestedError]) -> Iterator[NestedError]:
    left = _MAX_TEXT
    for error in errors:
        yield replace(error, message=error.message[:left])
        left -= min(left, len(error.message))


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
        nested: list[object] = [inner] if isinstance(inner, (dict, list)) and key != "loc" else []
        if isinstance(inner, str) and _is_text(key, inner):
            text, nested = _split(inner)
            texts.append(text)
        yield from _walk(nested, depth)
    codes = [_plain(fields[key]) for key in _CODE_FIELDS if isinstance(fields.get(key), (str, int, float))]
    message = _NOISE.sub(" ", "\n".join(texts)[: 4 * _MAX_MESSAGE]).strip()[:_MAX_MESSAGE]
    named = tuple(code for code in codes if _CODE.fullmatch(code) and code.lower() not in _NO_CODES)
    yield NestedError(depth, named, _param(fields), message.translate(_TO_SIMPLIFIED))


def _is_text(key: str, value: str) -> bool:
    """Whether a field holds words; some APIs put them into fields for codes."""
    return key in _TEXT_FIELDS or (key in _CODE_FIELDS and not _CODE.fullmatch(value))


def _param(fields: dict[str, object]) -> str:
    """Return the name of the refused parameter; ``loc`` is the path to it."""
    path = fields.get("loc")
    names = (
        [part for part in cast("list[object]", path) if isinstance(part, str)]
        if isinstance(path, list)
        else []
    )
    return names[-1] if names else str(fields.get("param", ""))


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
            fields = _fields(text[start : start + _MAX_BROKEN])
            return " ".join(texts if fields else [text]), [*objects, fields]
        objects.append(value)
    return " ".join([*texts, text[at:]]), objects


def _fields(broken: str) -> dict[str, object]:
    """Extract the fields of JSON that is truncated, escaped twice or single-quoted; the last value wins."""
    text = _ESCAPED_CHARACTER.sub(lambda found: chr(int(found[1], 16)), broken)
    text = _ESCAPED_QUOTE.sub(r"\1", text)
    return {found[1]: found[2] or found[3] or found[4] or "" for found in _PAIR.finditer(text)}
