"""Text normalization: different spellings of the same word become equal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.textfilter.traditional_chinese import SIMPLIFIED

# Invisible characters: soft hyphens, joiners, marks of direction, fillers, variation selectors, tags. Lone
# surrogates, too, and two Arabic ligatures of whole phrases, which would grow a text 18-fold.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef\ud800-\udfff\ufdfa\ufdfb]"
)
# All but tab and line ends. PostgreSQL stores neither the first nor lone surrogates.
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# A braille pattern without dots, a note without a head, and the place of an object that isn't there.
_EMPTY_SYMBOLS = "\u2800\U0001d159\ufffc"
# Around nothing, as in "_ _", Discord shows nothing.
_MARKUP = "*_~|`"
# Diacritics of Latin, Greek, Cyrillic, Hebrew and Arabic; in other scripts marks are part of a letter.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# Latin letters without decomposition by their names: with strokes or hooks, small capitals, dotless.
_VARIANT = re.compile(
    "LATIN (?:SMALL )?LETTER "
    "(?:(?:SMALL CAPITAL|SCRIPT|DOTLESS|INSULAR|BLACKLETTER|LENIS|SIDEWAYS|BARRED) )*"
    "([A-Z])(?: BAR| WITH .+)?"
)
_LATIN_BLOCKS = (
    *((0x80, 0x2B0), (0x1D00, 0x1DC0), (0x1E00, 0x1F00), (0x2C60, 0x2C80)),
    *((0xA720, 0xA800), (0xAB30, 0xAB70), (0x1DF00, 0x1E000)),
)
# Latin letters with other names, and those of phonetics that look less like the one in their name.
_OTHERS = "aɑ bꞵƅ cↄ dð gƍ iɩ kĸ lǀ mʍ sƽ uʋꞟ wɯ xꭓ yɣ"


def _variants() -> Iterator[tuple[str, str]]:
    for character in (chr(code) for block in _LATIN_BLOCKS for code in range(*block)):
        variant = _VARIANT.fullmatch(unicodedata.name(character, ""))
        if variant and len(unicodedata.normalize("NFKD", character)) == 1:
            yield character, variant[1].lower()


# And negative circled and squared letters, and regional indicators.
_LETTERS = {
    **dict(_variants()),
    **{character: group[0] for group in _OTHERS.split() for character in group[1:]},
    **{chr(first + n): _ALPHABET[n] for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)},
}
_LETTER = re.compile(f"[{''.join(_LETTERS)}]")
_TRADITIONAL = re.compile(f"[{''.join(SIMPLIFIED)}]")


def fold(text: str) -> str:
    """Fold case, width, accents, styled letters and traditional characters; drop invisible characters."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFD", plain))
    bare = _LETTER.sub(lambda letter: _LETTERS[letter[0]], bare)
    folded = unicodedata.normalize("NFKC", bare).casefold()
    return _TRADITIONAL.sub(lambda character: SIMPLIFIED[character[0]], folded)


def without_control_characters(text: str) -> str:
    """Remove the control characters that no text needs, and lone surrogates."""
    return _CONTROL.sub("", text)


def is_blank(text: str) -> bool:
    """Whether a text says nothing: whitespace, control characters, invisible ones, marks and markup alone."""
    return all(
        character in _EMPTY_SYMBOLS or character in _MARKUP or unicodedata.category(character)[0] in "CZM"
        for character in _INVISIBLE.sub("", text)
    )
