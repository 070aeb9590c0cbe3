"""Tell which of several references an error is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.providers.errors.prompt_echo import without_echo

_WORDS = {
    number: words.split("|")
    for number, words in enumerate(("first|1st", "second|2nd", "third|3rd", "fourth|4th"), 1)
}
_FROM_WORD = {word: number for number, words in _WORDS.items() for word in words}
_FROM_CHINESE = {"一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4}
_KIND = r"(?:image|picture|reference|photo)s?"
_NO_MEASURE = r"(?! ?(?:[x×:/]|[kmg]i?b\b|px|pixel|byte|%))"
_COUNTED_FROM_ONE = re.compile(
    rf"\b{_KIND}(?: {_KIND})?[ #:]{{1,3}}(?:no\.? ?|number ?)?#?(\d{{1,2}})\b{_NO_MEASURE}"
    rf"|\b({'|'.join(_FROM_WORD)}) (?:\w+ ){{0,2}}{_KIND}\b"
    r"|第 ?(\d{1,2}|[一二两兩三四]) ?[张張个個幅]",
    re.IGNORECASE,
)
_COUNTED_FROM_ZERO = re.compile(
    r"""\b(?:images?|image_urls?|input_references|references)(?:\[|\.|["']\s*,\s*)(\d{1,2})\b""",
    re.IGNORECASE,
)
"""As in ``image[1]``, ``image.1`` and a path such as ``["body", "image", 1]``."""
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def refused_reference(text: str, urls: Sequence[str], prompt: str) -> int | None:
    """Return the number of the reference, from 1, that an error's text names by its address or number.

    None where it names none of ``urls``, or several; ``prompt``, which may be repeated, doesn't count.
    """
    by_address = {number for number, url in enumerate(urls, 1) if url.partition("?")[0] in text}
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    named = by_address or set(_numbers(without_echo(plain, prompt)))
    found = named.pop() if len(named) == 1 else 0
    return found if 1 <= found <= len(urls) else None


def _numbers(text: str) -> Iterator[int]:
    for found in _COUNTED_FROM_ONE.finditer(text):
        digits, word, chinese = found.groups()
        yield _FROM_WORD[word.lower()] if word else _number(digits or chinese)
    for found in _COUNTED_FROM_ZERO.finditer(text):
        yield int(found[1]) + 1


def _number(text: str) -> int:
    return _FROM_CHINESE.get(text) or int(text)
