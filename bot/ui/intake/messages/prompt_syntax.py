"""Parses a message into options and a prompt.

Options are separate words before or after the prompt, in any order: ``16:9`` (full-width, ``16：９``, too),
``4K`` and ``x3``. ``16/9`` is accepted as well, but not ``3/4``: a "3/4 view" describes a picture. Between
other words they belong to the prompt. Where there are several pictures to choose from, ``#2`` chooses one
anywhere in the text.

Flags, known from other bots, are parsed anywhere in the text: ``--ar 16:9``, ``--size 4k``, ``--n 3``, and
``--model nano``, see ``model_flag``; a dash that a phone made of two hyphens counts. Other bots' flags
without an equivalent here (``--v 6``, ``--stylize 100``, ``--tile``) are removed. Text that describes the
picture stays in the prompt: ``--no trees``, and every unknown flag.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import takewhile
from typing import Any, Literal, get_args

from bot.domain.image_models.model_names import ModelNames
from bot.domain.models import Ratio, Size
from bot.domain.request_rules import MAX_PICTURES
from bot.ui.intake.messages.model_flag import ModelFlag, take_model_flag

_Kind = Literal["ratio", "size", "count", "picture"]

_RATIOS = {Fraction(*map(int, ratio.split(":"))): ratio for ratio in get_args(Ratio)}
_SIZES: dict[str, Size] = {size.casefold(): size for size in get_args(Size)}
_SLASH_RATIOS = {"16/9": "16:9", "9/16": "9:16", "21/9": "21:9"}

_AFTER_MENTION = " \t\r\n,，:：;；、"
_GAP = r"\s,，、;；"
_SEPARATORS = " \t\r\n\u3000,，、;；"
_LONGEST_OPTION = len("１６：９") + 1
_PREPOSITIONS = (" in", " at")
"""What a text ends with where an option behind it is removed, as in "a fox in 4K"."""
_WORD = re.compile(rf"\s*(?P<word>[^{_GAP}]+)[{_GAP}]*")
_FLAG = re.compile(
    r"(?:(?<!\S)|(?<=[,，、;；]))(?P<flag>(?:--|[—–]{1,2})(?P<name>[a-z]+))"
    r"(?:(?P<gap>\s*=\s*|\s+|(?=\d))(?P<value>(?!(?:--|[—–])[a-z])\S+))?(?!\S)",
    re.IGNORECASE,
)
_PICTURE = re.compile(
    rf"(?:(?<!\S)|(?<=[{_GAP}]))[#＃](?P<number>[1-9１-９][0-9０-９]?)(?=[{_GAP}.。!！?？]|$)"
)
_FLAGS: dict[str, _Kind] = {
    **dict.fromkeys(("ar", "aspect", "ratio"), "ratio"),
    **dict.fromkeys(("size", "resolution"), "size"),
    **dict.fromkeys(("n", "count", "r", "repeat"), "count"),
}
_NUMBER, _LINK, _NOTHING = r"[0-9]*\.?[0-9]+", r"https?://\S+|[0-9]+|random", r"(?!)"
_FOREIGN_FLAGS: dict[str, str] = {
    **dict.fromkeys(("v", "version", "s", "stylize", "c", "chaos", "w", "weird"), _NUMBER),
    **dict.fromkeys(("q", "quality", "seed", "stop", "iw", "sw", "cw", "ow", "exp"), _NUMBER),
    **dict.fromkeys(("sref", "cref", "oref"), _LINK),
    **dict.fromkeys(("tile", "fast", "relax", "turbo", "draft", "raw", "hd", "stealth"), _NOTHING),
    "niji": _NUMBER,
    "style": r"raw",
}
"""Other bots' flags and their values."""
_VALUELESS_FLAGS = {name for name, value in _FOREIGN_FLAGS.items() if value is _NOTHING} | {"niji"}
"""Flags without a value; in prose a long dash can precede such a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPrompt:
    """The options and the prompt of a message; ``rejected_flags`` have values that aren't offered."""

    prompt: str
    ratio: Ratio | None = None
    size: Size | None = None
    count: int | None = None
    picture: int | None = None
    """The number of the reference picture, counted from 1."""
    model: str | None = None
    """The id of the model."""
    unknown_model: str | None = None
    """What ``--model`` named instead."""
    rejected_flags: tuple[str, ...] = ()


def parse_prompt(
    text: str, *, several_pictures: bool = False, models: ModelNames | None = None
) -> ParsedPrompt:
    """Parse a text; with ``several_pictures``, ``#2`` chooses one; ``--model`` names one of ``models``."""
    chosen = take_model_flag(text, models) if models is not None else ModelFlag(text=text)
    parsed = _parse(chosen.text, several_pictures=several_pictures)
    return replace(parsed, model=chosen.model, unknown_model=chosen.unknown)


def _parse(text: str, *, several_pictures: bool) -> ParsedPrompt:
    flags, rejected_flags = dict[_Kind, Any](), list[str]()

    def take(match: re.Match[str]) -> str | None:
        name, value = match["name"].casefold(), _folded(match["value"] or "").rstrip(",，、;；.")
        if kind := _FLAGS.get(name):
            if (found := _value(kind, value)) is None:
                rejected_flags.append(f"--{name} {value[:20]}".strip())
            else:
                flags[kind] = found
            return ""
        if name in _FOREIGN_FLAGS and re.fullmatch(_FOREIGN_FLAGS[name], value):
            return ""
        if name in _VALUELESS_FLAGS and match["flag"].startswith("--"):
            return (match["gap"] or "") + (match["value"] or "")
        return None

    leading, prompt = _leading(_replace_flags(text, take), several_pictures=several_pictures)
    if several_pictures and "picture" not in leading and (found := _PICTURE.search(prompt)):
        leading["picture"] = int(_folded(found["number"]))
        prompt = f"{prompt[: found.start()].rstrip()} {prompt[found.end() :].lstrip()}"
    trailing, prompt = _trailing(prompt, taken=leading.keys() | flags.keys())
    leading |= trailing
    return ParsedPrompt(prompt=prompt.strip(), rejected_flags=tuple(rejected_flags), **{**leading, **flags})


def mentions(text: str, user_id: int, role_id: int | None = None) -> bool:
    """Whether a text mentions this user or role, outside code and quotes."""
    return _mention(user_id, role_id).search(_own_words(text)) is not None


def without_mention(text: str, user_id: int, names: Mapping[int, str], role_id: int | None = None) -> str:
    """Remove the bot's own mentions from a text, and replace others by display names."""
    first, *others = _mention(user_id, role_id).split(text)
    while others and not first.strip():
        first, *others = (others[0].lstrip(_AFTER_MENTION), *others[1:])
    text = " ".join(part for each in (first, *others) if (part := each.strip()))
    return re.sub(r"<@!?([0-9]{1,20})>", lambda found: names.get(int(found[1]), found[0]), text)


def _mention(user_id: int, role_id: int | None) -> re.Pattern[str]:
    return re.compile(rf"<@!?{user_id}>" + (f"|<@&{role_id}>" if role_id is not None else ""))


def _own_words(text: str) -> str:
    """Return a text without code blocks, inline code and quotes."""
    for fence in ("```", "``", "`"):
        parts = text.split(fence)
        # An unclosed last part is no code.
        text = " ".join(part for index, part in enumerate(parts) if index % 2 == 0 or index == len(parts) - 1)
    lines = [(line, line.lstrip(" ")) for line in text.split("\n")]
    # A quote by three signs goes on to the end.
    own = takewhile(lambda line: not line[1].startswith(">>> "), lines)
    return "\n".join(line for line, begun in own if not begun.startswith("> "))


def _replace_flags(text: str, replacement_of: Callable[[re.Match[str]], str | None]) -> str:
    """Replace flags together with the whitespace before them; None leaves a flag as it is."""
    parts, at = list[str](), 0
    for match in _FLAG.finditer(text):
        if (replacement := replacement_of(match)) is not None:
            parts += [text[at : match.start()].rstrip(), replacement]
            at = match.end()
    return "".join([*parts, text[at:]])


def _leading(text: str, *, several_pictures: bool) -> tuple[dict[_Kind, Any], str]:
    """Split the options off the beginning of a text; a second one of a kind belongs to the prompt."""
    options, at = dict[_Kind, Any](), 0
    while match := _WORD.match(text, at):
        kind, value = _option(_folded(match["word"]))
        if kind is None or kind in options or (kind == "picture" and not several_pictures):
            break
        options[kind] = value
        at = match.end()
    return options, text[at:]


def _trailing(text: str, *, taken: Collection[_Kind]) -> tuple[dict[_Kind, Any], str]:
    """Split the options off the end of a text; those of kinds that are ``taken`` belong to the prompt."""
    options = dict[_Kind, Any]()
    while True:
        rest = text.rstrip(_SEPARATORS + ".。")
        start = (
            max(rest.rfind(separator, max(0, len(rest) - _LONGEST_OPTION)) for separator in _SEPARATORS) + 1
        )
        kind, value = _option(_folded(rest[start:])) if start else (None, None)
        if kind in (None, "picture") or kind in taken or kind in options:
            return options, text
        options[kind] = value
        text = rest[:start].rstrip(_SEPARATORS)
        for preposition in _PREPOSITIONS:
            text = text.removesuffix(preposition)


def _option(word: str) -> tuple[_Kind | None, Any]:
    """Return the option that a word stands for."""
    ratio = _SLASH_RATIOS.get(word, word.replace("\u2236", ":"))
    if ratio in get_args(Ratio):
        return "ratio", ratio
    if size := _SIZES.get(word.casefold()):
        return "size", size
    if re.fullmatch(rf"[xX×][1-{MAX_PICTURES}]", word):
        return "count", int(word[1])
    if re.fullmatch(r"#[1-9][0-9]?", word):
        return "picture", int(word[1:])
    return None, None


def _value(kind: _Kind, text: str) -> Any:
    """Return a flag's value, or None for one that isn't offered; ``1920x1080`` is ``16:9``."""
    if kind == "size":
        return _SIZES.get(text.casefold())
    if kind == "count":
        return int(text.lstrip("xX")) if re.fullmatch(rf"[xX]?[1-{MAX_PICTURES}]", text) else None
    sides = re.fullmatch(r"([1-9][0-9]{0,4})[:/xX×\u2236]([1-9][0-9]{0,4})", text)
    return _RATIOS.get(Fraction(int(sides[1]), int(sides[2]))) if sides else None


def _folded(text: str) -> str:
    """Normalise full-width digits, letters and colons."""
    return unicodedata.normalize("NFKC", text)
