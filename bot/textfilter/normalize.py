"""Text normalization: different spellings of the same word become equal."""

from __future__ import annotations

import re
import unicodedata

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
# Diacritics of Latin, Greek, Cyrillic, Hebrew and Arabic; in other scripts marks are part of a letter.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# Letters that have no decomposition: with strokes, small capitals, negative squared, regional indicators.
_LETTERS = {
    **dict(zip("øłđħŧıɡᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "oldhtigabcdefghijklmnoprstuvwyz", strict=True)),
    **{chr(first + n): _ALPHABET[n] for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)},
}
_LETTER = re.compile(f"[{''.join(_LETTERS)}]")
_TRADITIONAL = re.compile(f"[{''.join(SIMPLIFIED)}]")
# Cyrillic and Greek letters that look the same as Latin ones, and those that are similar enough in mixed
# words.
_LOOKALIKES = str.maketrans("аеорсухѕіјԁһӏԛԝονρυ", "aeopcyxsijdhlqwovpu")
_SIMILAR = {**_LOOKALIKES, **str.maketrans("вкмнтгпиαβγεηικτχωμ", "bkmhtrnuabyeniktxwm")}
_CYRILLIC_OR_GREEK = re.compile("[\u0370-\u052f]")
_LATIN = re.compile("[a-z]")


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
    """Whether a text says nothing: whitespace, control characters, invisible ones and marks alone."""
    return all(
        character in _EMPTY_SYMBOLS or unicodedata.category(character)[0] in "CZM"
        for character in _INVISIBLE.sub("", text)
    )


def latinize_mixed(word: str) -> str:
    """Return the Latin reading of a folded word that mixes alphabets; other words are returned unchanged."""
    if _CYRILLIC_OR_GREEK.search(word) and _LATIN.search(word):
        return word.translate(_SIMILAR)
    return word


def latin_lookalike(word: str) -> str | None:
    """Return the Latin word that looks the same as a folded Cyrillic or Greek one, or None."""
    latin = word.translate(_LOOKALIKES)
    return None if latin == word or _CYRILLIC_OR_GREEK.search(latin) else latin


def is_non_latin(word: str) -> bool:
    """Whether a folded word has Cyrillic or Greek letters without a Latin lookalike."""
    return _CYRILLIC_OR_GREEK.search(word.translate(_LOOKALIKES)) is not None
