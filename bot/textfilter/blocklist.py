"""A server's blocked words, matched in spite of common obfuscation.

Only whole words match: "class" doesn't match "ass". Chinese, Japanese, Thai and other scripts without word
boundaries match anywhere, but katakana only where no more katakana precedes or follows. Several words in a
row are a phrase. Obfuscation is recognized unless ordinary text looks the same: letters of other alphabets,
digits and signs for letters (s3x, a$$), separated letters (s e x, s.e.x) and repeated ones (seeex).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from bot.textfilter.normalize import fold, is_non_latin, latin_lookalike, latinize_mixed

MAX_WORDS = 500
MAX_WORD_LENGTH = 60

Readings = frozenset[str]
"""All readings of one word of a text."""

_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
# Han, kana, bopomofo, Thai, Lao, Burmese, Khmer.
_UNSEGMENTED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# The vowel signs of Indic scripts aren't letters, but belong to words.
_WORD = re.compile(f"(?:[^\\W_{_UNSEGMENTED}]|[\u0900-\u0963\u0966-\u0dff])+")
_ANY_UNSEGMENTED = re.compile(f"[{_UNSEGMENTED}]")
_ALL_KATAKANA = re.compile(f"[{_KATAKANA}]+")
_VISIBLE = re.compile("[^\\W_]|[\u2190-\u2bff\U0001f000-\U0001ffff]")
_SEPARATORS = re.compile(r"[\n,，、;；]+")

_SIGNS = re.compile(r"(?<=[^\W\d_])[$@]+|[$@]+(?=[^\W\d_])|(?<=[^\W\d_])!+(?=[^\W\d_])")
_SIGN_LETTERS = str.maketrans("$@!", "sai")
_DIGIT = re.compile("[013457]")
_DIGIT_LETTERS = (str.maketrans("013457", "oieast"), str.maketrans("013457", "oleast"))
_DIGIT_VOWELS = (str.maketrans("0134", "oiea"), str.maketrans("0134", "olea"))
_STRETCHED = re.compile(r"(.)\1{2,}")


def parse_words(text: str) -> tuple[str, ...]:
    """Parse a list of words and phrases, separated by newlines or commas, without duplicates."""
    words: dict[str, str] = {}
    for word in _SEPARATORS.split(text):
        if _VISIBLE.search(word):
            words.setdefault(fold(word).strip(), " ".join(word.split()))
    return tuple(words.values())


class Blocklist:
    """Finds blocked words and phrases in texts; compiled once for many texts."""

    def __init__(self, words: Iterable[str]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._pieces: list[tuple[str, str]] = []
        for word in words:
            self._add(word)

    def find(self, text: str) -> str | None:
        """Return the first blocked word that the text contains, as it was configured, or None."""
        if not self._phrases and not self._pieces:
            return None
        folded = fold(text)
        for piece, word in self._pieces:
            if _has_piece(folded, piece):
                return word
        read = _SIGNS.sub(lambda signs: signs[0].translate(_SIGN_LETTERS), folded)
        for reading in (folded,) if read == folded else (folded, read):
            if (word := self._find_phrase(_readings_of_all(_WORD.findall(reading)))) is not None:
                return word
        return None

    def _add(self, word: str) -> None:
        folded = _SIGNS.sub(lambda signs: signs[0].translate(_SIGN_LETTERS), fold(word)).strip()
        parts = tuple(latinize_mixed(part) for part in _WORD.findall(folded))
        if not _VISIBLE.search(folded):
            return
        # The letters of "c++" alone would match too much.
        if _ANY_UNSEGMENTED.search(folded) or len("".join(parts)) < min(2, len(folded)):
            self._pieces.append((folded, word))
            return
        self._phrases.setdefault(parts[0], []).append((parts, word))
        if len(parts) > 2 and all(len(part) == 1 for part in parts):
            self._phrases.setdefault("".join(parts), []).append((("".join(parts),), word))

    def _find_phrase(self, readings: Sequence[Readings]) -> str | None:
        for at, first in enumerate(readings):
            for reading in first & self._phrases.keys():
                for parts, word in self._phrases[reading]:
                    here = readings[at : at + len(parts)]
                    if len(here) == len(parts) and all(
                        part in readings_here for part, readings_here in zip(parts, here, strict=True)
                    ):
                        return word
        for spelled in _spelled_out(readings):
            for parts, word in self._phrases.get(spelled, ()):
                if len(parts) == 1:
                    return word
        return None


@lru_cache(maxsize=256)
def blocklist_for(words: tuple[str, ...]) -> Blocklist:
    """Return the cached blocklist of a server's words."""
    return Blocklist(words)


def _has_piece(text: str, piece: str) -> bool:
    """Whether the text contains the piece without splitting a word of letters or of katakana."""
    at = text.find(piece)
    while at != -1:
        before, after = text[at - 1 : at], text[at + len(piece) : at + len(piece) + 1]
        if not (_continues(before, piece[0]) or _continues(piece[-1], after)):
            return True
        at = text.find(piece, at + 1)
    return False


def _continues(left: str, right: str) -> bool:
    return any(kind.fullmatch(left) and kind.fullmatch(right) for kind in (_WORD, _ALL_KATAKANA))


def _readings_of_all(words: Sequence[str]) -> list[Readings]:
    unmixed = [word if word.isascii() else latinize_mixed(word) for word in words]
    # In a Cyrillic or Greek text such a word is what it looks like.
    is_foreign_text = any(is_non_latin(word) for word in unmixed if not word.isascii())
    return [frozenset(_readings(word, is_foreign_text=is_foreign_text)) for word in unmixed]


def _readings(word: str, *, is_foreign_text: bool) -> Iterator[str]:
    yield word
    if not word.isascii() and not is_foreign_text and (latin := latin_lookalike(word)) is not None:
        yield latin
    if _STRETCHED.search(word):
        yield _STRETCHED.sub(r"\1", word)
        yield _STRETCHED.sub(r"\1\1", word)
    # With more digits than letters it is a number or a model name: 455, A55.
    if _DIGIT.search(word) and 2 * sum(map(str.isdecimal, word)) <= len(word):
        for letters in _DIGIT_LETTERS if len(word) > 3 else _DIGIT_VOWELS:
            yield word.translate(letters)


def _spelled_out(readings: Sequence[Readings]) -> Iterator[str]:
    """Yield the words spelled by runs of three or more single letters."""
    for single, run in groupby(
        (min(readings_here) for readings_here in readings), key=lambda word: len(word) == 1
    ):
        letters = "".join(run)
        if single and len(letters) > 2:
            yield letters
