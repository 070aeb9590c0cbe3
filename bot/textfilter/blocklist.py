"""The words that a server doesn't want in prompts, found whatever they are dressed up as.

Words count whole: "class" has no "ass" in it. Chinese, Japanese, Thai and the like write no boundaries, so
their words are found anywhere, but those in katakana only where no more katakana follows or precedes. Several
words in a row are a phrase. Tricks are seen through where no honest word is meant that way: other alphabets'
letters, digits and signs for letters (s3x, a$$), letters set apart (s e x, s.e.x) or drawn out (seeex).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from bot.textfilter.normalize import fold, is_foreign, twin, unmix

MOST_WORDS = 500
LONGEST_WORD = 60

Forms = frozenset[str]
"""All that one word of a text may stand for."""

_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
# Han, kana, bopomofo, Thai, Lao, Burmese, Khmer.
_UNPARTED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# Marks of India's scripts aren't letters by themselves, but don't part words either.
_WORD = re.compile(f"(?:[^\\W_{_UNPARTED}]|[\u0900-\u0963\u0966-\u0dff])+")
_ANY_UNPARTED = re.compile(f"[{_UNPARTED}]")
_ALL_KATAKANA = re.compile(f"[{_KATAKANA}]+")
_SHOWN = re.compile("[^\\W_]|[\u2190-\u2bff\U0001f000-\U0001ffff]")
_BETWEEN = re.compile(r"[\n,，、;；]+")

_SIGNS = re.compile(r"(?<=[^\W\d_])[$@]+|[$@]+(?=[^\W\d_])|(?<=[^\W\d_])!+(?=[^\W\d_])")
_SIGNS_MEAN = str.maketrans("$@!", "sai")
_DIGIT = re.compile("[013457]")
_DIGITS_MEAN = (str.maketrans("013457", "oieast"), str.maketrans("013457", "oleast"))
_VOWELS_MEAN = (str.maketrans("0134", "oiea"), str.maketrans("0134", "olea"))
_DRAWN_OUT = re.compile(r"(.)\1{2,}")


def parse_words(text: str) -> tuple[str, ...]:
    """Read a list with a word or phrase on each line, or with commas between; each is kept once."""
    words: dict[str, str] = {}
    for word in _BETWEEN.split(text):
        if _SHOWN.search(word):
            words.setdefault(fold(word).strip(), " ".join(word.split()))
    return tuple(words.values())


class WordFilter:
    """Finds blocked words and phrases in texts; make it once for many texts."""

    def __init__(self, words: Iterable[str]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._pieces: list[tuple[str, str]] = []
        for word in words:
            self._add(word)

    def find(self, text: str) -> str | None:
        """Return the first blocked word, as it was given, that stands in the text."""
        if not self._phrases and not self._pieces:
            return None
        folded = fold(text)
        for piece, word in self._pieces:
            if _has_piece(folded, piece):
                return word
        read = _SIGNS.sub(lambda signs: signs[0].translate(_SIGNS_MEAN), folded)
        for reading in (folded,) if read == folded else (folded, read):
            if (word := self._find_phrase(_forms(_WORD.findall(reading)))) is not None:
                return word
        return None

    def _add(self, word: str) -> None:
        folded = _SIGNS.sub(lambda signs: signs[0].translate(_SIGNS_MEAN), fold(word)).strip()
        parts = tuple(unmix(part) for part in _WORD.findall(folded))
        if not _SHOWN.search(folded):
            return
        # What is left of "c++" is too little to go by.
        if _ANY_UNPARTED.search(folded) or len("".join(parts)) < min(2, len(folded)):
            self._pieces.append((folded, word))
            return
        self._phrases.setdefault(parts[0], []).append((parts, word))
        if len(parts) > 2 and all(len(part) == 1 for part in parts):
            self._phrases.setdefault("".join(parts), []).append((("".join(parts),), word))

    def _find_phrase(self, forms: Sequence[Forms]) -> str | None:
        for at, first in enumerate(forms):
            for form in first & self._phrases.keys():
                for parts, word in self._phrases[form]:
                    here = forms[at : at + len(parts)]
                    if len(here) == len(parts) and all(
                        part in those for part, those in zip(parts, here, strict=True)
                    ):
                        return word
        for spelt in _spelt_out(forms):
            for parts, word in self._phrases.get(spelt, ()):
                if len(parts) == 1:
                    return word
        return None


@lru_cache(maxsize=256)
def word_filter(words: tuple[str, ...]) -> WordFilter:
    """Return the filter of a server's words, which is made once."""
    return WordFilter(words)


def _has_piece(text: str, piece: str) -> bool:
    """Whether a text has a piece whose ends don't cut a word of letters, or of katakana, in two."""
    at = text.find(piece)
    while at != -1:
        before, after = text[at - 1 : at], text[at + len(piece) : at + len(piece) + 1]
        if not (_runs_on(before, piece[0]) or _runs_on(piece[-1], after)):
            return True
        at = text.find(piece, at + 1)
    return False


def _runs_on(left: str, right: str) -> bool:
    return any(kind.fullmatch(left) and kind.fullmatch(right) for kind in (_WORD, _ALL_KATAKANA))


def _forms(words: Sequence[str]) -> list[Forms]:
    unmixed = [word if word.isascii() else unmix(word) for word in words]
    # In a text that is Cyrillic or Greek anyway, such a word is what it is.
    at_home = any(is_foreign(word) for word in unmixed if not word.isascii())
    return [frozenset(_readings(word, at_home=at_home)) for word in unmixed]


def _readings(word: str, *, at_home: bool) -> Iterator[str]:
    yield word
    if not word.isascii() and not at_home and (latin := twin(word)) is not None:
        yield latin
    if _DRAWN_OUT.search(word):
        yield _DRAWN_OUT.sub(r"\1", word)
        yield _DRAWN_OUT.sub(r"\1\1", word)
    # More digits than letters are a number or a model's name: 455, A55.
    if _DIGIT.search(word) and 2 * sum(map(str.isdecimal, word)) <= len(word):
        for meant in _DIGITS_MEAN if len(word) > 3 else _VOWELS_MEAN:
            yield word.translate(meant)


def _spelt_out(forms: Sequence[Forms]) -> Iterator[str]:
    """Yield what runs of three or more single letters spell."""
    for single, run in groupby((min(those) for those in forms), key=lambda word: len(word) == 1):
        letters = "".join(run)
        if single and len(letters) > 2:
            yield letters
