"""Texts with everything taken off that makes the same word look different."""

from __future__ import annotations

import re
import unicodedata

from bot.textfilter.traditional_chinese import SIMPLER

# Characters that show nothing: soft hyphens, joiners, marks of direction, fillers, variation selectors, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
# Accents and points of Latin, Greek, Cyrillic, Hebrew and Arabic; elsewhere such marks are part of a letter.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# What no decomposition takes apart: strokes, small capitals, letters on black, letters of flags.
_LETTERS = {
    **str.maketrans("øłđħŧıɡᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "oldhtigabcdefghijklmnoprstuvwyz"),
    **{first + n: _ALPHABET[n] for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)},
}
# Cyrillic and Greek letters that can't be told from Latin ones, and those that pass for them among others.
_TWINS = str.maketrans("аеорсухѕіјԁһӏԛԝονρυ", "aeopcyxsijdhlqwovpu")
_COUSINS = {**_TWINS, **str.maketrans("вкмнтгпиαβγεηικτχωμ", "bkmhtrnuabyeniktxwm")}
_FOREIGN = re.compile("[\u0370-\u052f]")
_LATIN = re.compile("[a-z]")


def fold(text: str) -> str:
    """Fold case, width, accents, styled letters and traditional characters, and drop what can't be seen."""
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFD", plain)).translate(_LETTERS)
    return unicodedata.normalize("NFKC", bare).casefold().translate(SIMPLER)


def unmix(word: str) -> str:
    """Read a folded word that mixes alphabets as the Latin one it is meant to be."""
    if _FOREIGN.search(word) and _LATIN.search(word):
        return word.translate(_COUSINS)
    return word


def twin(word: str) -> str | None:
    """Return the Latin word that a folded Cyrillic or Greek one can't be told from, if there is one."""
    latin = word.translate(_TWINS)
    return None if latin == word or _FOREIGN.search(latin) else latin


def is_foreign(word: str) -> bool:
    """Whether a folded word has Cyrillic or Greek letters that no Latin one looks like."""
    return _FOREIGN.search(word.translate(_TWINS)) is not None
