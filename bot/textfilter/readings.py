"""What the words of a folded text may stand for: the readings that obfuscation hides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.textfilter.lookalikes import SAME, SIMILAR, alphabets_of, latinize_mixed
from bot.textfilter.matchers import Readings

_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
# Han, kana, bopomofo, Thai, Lao, Burmese, Khmer.
_UNSEGMENTED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# The vowel signs of Indic scripts aren't letters, but belong to words.
_WORD_CHARACTER = f"[^\\W_{_UNSEGMENTED}]|[\u0900-\u0963\u0966-\u0dff]"
_WORD = re.compile(f"(?:{_WORD_CHARACTER})+")
_TOKEN = re.compile(f"(?:{_WORD_CHARACTER})+|[{_KATAKANA}]+|.", re.DOTALL)
_ANY_UNSEGMENTED = re.compile(f"[{_UNSEGMENTED}]")

_SIGNS = re.compile(r"[$@]+|!+")
_LETTER = re.compile(r"[^\W\d_]")
_SIGN_LETTERS = str.maketrans("$@!", "sai")
_DIGIT = re.compile("[013457]")
_DIGIT_LETTERS = (str.maketrans("013457", "oieast"), str.maketrans("013457", "oleast"))
_DIGIT_VOWELS = (str.maketrans("0134", "oiea"), str.maketrans("0134", "olea"))
_STRETCHED = re.compile(r"(.)\1{2,}")


def words_of(text: str) -> list[str]:
    """Return the words of scripts that separate words."""
    return _WORD.findall(text)


def tokens_of(text: str) -> list[str]:
    """Split a text wherever a blocked word may begin or end: into words, katakana and other characters."""
    return _TOKEN.findall(text)


def is_unsegmented(text: str) -> bool:
    """Whether a text has characters of scripts that don't separate words."""
    return _ANY_UNSEGMENTED.search(text) is not None


def read_signs(text: str) -> str:
    """Replace signs that stand for letters, beside letters only: a$$, sh!t."""
    return _SIGNS.sub(_read_sign, text)


def _read_sign(signs: re.Match[str]) -> str:
    text, start, end = signs.string, signs.start(), signs.end()
    before, after = start and _LETTER.match(text, start - 1), _LETTER.match(text, end)
    is_letter = before and after if signs[0][0] == "!" else before or after
    return signs[0].translate(_SIGN_LETTERS) if is_letter else signs[0]


def readings_of(words: Sequence[str]) -> list[Readings]:
    """Return the readings of a folded text's words."""
    latinized = {word: latinize_mixed(word) for word in set(words)}
    lookalikes = _lookalikes(words)
    readings = {
        word: frozenset(
            reading for each in {*latin, lookalikes.get(word, word)} for reading in _readings(each)
        )
        for word, latin in latinized.items()
    }
    return [readings[word] for word in words]


def _lookalikes(words: Sequence[str]) -> dict[str, str]:
    """Return the words of other alphabets that look like Latin words, and those Latin words.

    In a text of its own alphabet such a word is what it is: in one that has letters without a lookalike.
    """
    found = {word: alphabets_of(word) for word in set(words)}
    alphabets = {word: next(iter(each)) for word, each in found.items() if len(each) == 1}
    sizes = Counter(alphabets[word] for word in words if word in alphabets)
    tables = {each: SIMILAR if sizes["LATIN"] > size else SAME for each, size in sizes.items()}
    latin = {word: word.translate(tables[each]) for word, each in alphabets.items() if each != "LATIN"}
    foreign = {alphabets[word] for word, read in latin.items() if not read.isascii()}
    return {word: read for word, read in latin.items() if alphabets[word] not in foreign}


def _readings(word: str) -> Iterator[str]:
    yield word
    if _STRETCHED.search(word):
        yield _STRETCHED.sub(r"\1", word)
        yield _STRETCHED.sub(r"\1\1", word)
    # With more digits than letters it is a number or a model name: 455, A55.
    if _DIGIT.search(word) and 2 * sum(map(str.isdecimal, word)) <= len(word):
        for letters in _DIGIT_LETTERS if len(word) > 3 else _DIGIT_VOWELS:
            yield word.translate(letters)


def spelled_out(readings: Sequence[Readings]) -> Iterator[str]:
    """Yield the words spelled by runs of three or more single letters."""
    words = (min(each) for each in readings)
    for is_single, run in groupby(words, key=lambda word: len(word) == 1):
        letters = "".join(run)
        if is_single and len(letters) > 2:
            yield letters
