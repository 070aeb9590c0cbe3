"""What a person writes to the bot, read as options and a prompt.

Options stand before the prompt as words of their own, in any order: ``16:9`` (full-width, ``16：９``, too),
``4K``, ``x3`` and, where there are several pictures to choose from, ``#2``. ``16/9`` is read as well, but not
``3/4``: a "3/4 view" is part of a picture. Further on the same words belong to the prompt.

People who come from other bots write flags, which are read wherever they stand: ``--ar 16:9``, ``--size 4k``,
``--n 3``; a dash that a phone made of two hyphens counts. Of other bots' flags those that only turn knobs
which aren't here (``--v 6``, ``--stylize 100``, ``--tile``) are left out. Whatever has words that say
something of the picture stays in the prompt: ``--no trees``, and every flag that nobody knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, get_args

from bot.domain.models import Ratio, Size
from bot.domain.request_rules import MOST_PICTURES

_Kind = Literal["ratio", "size", "count", "picture"]

_RATIOS = {Fraction(*map(int, ratio.split(":"))): ratio for ratio in get_args(Ratio)}
_SIZES: dict[str, Size] = {size.casefold(): size for size in get_args(Size)}
_NO_FRACTIONS = {"16/9": "16:9", "9/16": "9:16", "21/9": "21:9"}

_GAP = r"\s,，、;；"
_WORD = re.compile(rf"\s*(?P<word>[^{_GAP}]+)[{_GAP}]*")
_FLAG = re.compile(
    r"(?:^|\s+|(?<=[,，、;；]))(?P<flag>(?:--|[—–]{1,2})(?P<name>[a-z]+))"
    r"(?:(?P<gap>\s*=\s*|\s+|(?=\d))(?P<value>(?!(?:--|[—–])[a-z])\S+))?(?!\S)",
    re.IGNORECASE,
)
_FLAGS: dict[str, _Kind] = {
    **dict.fromkeys(("ar", "aspect", "ratio"), "ratio"),
    **dict.fromkeys(("size", "resolution"), "size"),
    **dict.fromkeys(("n", "count", "r", "repeat"), "count"),
}
_NUMBER, _LINK, _NOTHING = r"[0-9]*\.?[0-9]+", r"https?://\S+|[0-9]+|random", r"(?!)"
_OTHERS: dict[str, str] = {
    **dict.fromkeys(("v", "version", "s", "stylize", "c", "chaos", "w", "weird"), _NUMBER),
    **dict.fromkeys(("q", "quality", "seed", "stop", "iw", "sw", "cw", "ow", "exp"), _NUMBER),
    **dict.fromkeys(("sref", "cref", "oref"), _LINK),
    **dict.fromkeys(("tile", "fast", "relax", "turbo", "draft", "raw", "hd", "stealth"), _NOTHING),
    "niji": _NUMBER,
    "style": r"raw",
}
"""Other bots' flags and what follows them."""
_ALONE = {name for name, value in _OTHERS.items() if value is _NOTHING} | {"niji"}
"""Those that mean something with nothing after them; in prose a long dash may stand before such a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A text as it was meant: what wasn't said is None, ``refused`` are flags whose value isn't offered."""

    prompt: str
    ratio: Ratio | None = None
    size: Size | None = None
    count: int | None = None
    picture: int | None = None
    """Which of several pictures, counted from 1."""
    refused: tuple[str, ...] = ()


def read(text: str, *, choosing: bool = False) -> Phrase:
    """Read options and prompt; ``choosing``: whether there are several pictures, so that ``#2`` names one."""
    flags, refused = dict[_Kind, Any](), list[str]()

    def take(match: re.Match[str]) -> str:
        name, value = match["name"].casefold(), _folded(match["value"] or "").rstrip(",，、;；.")
        if kind := _FLAGS.get(name):
            if (found := _value(kind, value)) is None:
                refused.append(f"--{name} {value[:20]}".strip())
            else:
                flags[kind] = found
            return ""
        if name in _OTHERS and re.fullmatch(_OTHERS[name], value):
            return ""
        if name in _ALONE and match["flag"].startswith("--"):
            return (match["gap"] or "") + (match["value"] or "")
        return match[0]

    leading, prompt = _leading(_FLAG.sub(take, text), choosing=choosing)
    return Phrase(prompt=prompt.strip(), refused=tuple(refused), **{**leading, **flags})


def is_addressed(text: str, me: int) -> bool:
    """Whether a text mentions this bot."""
    return re.search(rf"<@!?{me}>", text) is not None


def without_mention(text: str, me: int, names: Mapping[int, str]) -> str:
    """Take the bot's own mention out of a text, and write others as their names."""
    mention = rf"<@!?{me}>"
    text = re.sub(rf"^(?:\s*{mention}[\s,，:：;；、]*)+", "", text)
    text = re.sub(rf"\s*{mention}\s*", " ", text)
    return re.sub(r"<@!?([0-9]{1,20})>", lambda found: names.get(int(found[1]), found[0]), text).strip()


def _leading(text: str, *, choosing: bool) -> tuple[dict[_Kind, Any], str]:
    """Take the options off a text's beginning; the second of a kind is part of the prompt."""
    said, at = dict[_Kind, Any](), 0
    while match := _WORD.match(text, at):
        kind, value = _option(_folded(match["word"]))
        if kind is None or kind in said or (kind == "picture" and not choosing):
            break
        said[kind] = value
        at = match.end()
    return said, text[at:]


def _option(word: str) -> tuple[_Kind | None, Any]:
    """Return what a bare word stands for."""
    ratio = _NO_FRACTIONS.get(word, word.replace("\u2236", ":"))
    if ratio in get_args(Ratio):
        return "ratio", ratio
    if size := _SIZES.get(word.casefold()):
        return "size", size
    if re.fullmatch(rf"[xX×][1-{MOST_PICTURES}]", word):
        return "count", int(word[1])
    if re.fullmatch(r"#[1-9][0-9]?", word):
        return "picture", int(word[1:])
    return None, None


def _value(kind: _Kind, text: str) -> Any:
    """Return a flag's value, or None where there is no such thing; ``1920x1080`` is ``16:9``."""
    if kind == "size":
        return _SIZES.get(text.casefold())
    if kind == "count":
        return int(text.lstrip("xX")) if re.fullmatch(rf"[xX]?[1-{MOST_PICTURES}]", text) else None
    sides = re.fullmatch(r"([1-9][0-9]{0,4})[:/xX×\u2236]([1-9][0-9]{0,4})", text)
    return _RATIOS.get(Fraction(int(sides[1]), int(sides[2]))) if sides else None


def _folded(text: str) -> str:
    """Fold full-width digits, letters and colons."""
    return unicodedata.normalize("NFKC", text)
