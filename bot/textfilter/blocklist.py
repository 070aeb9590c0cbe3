"""A server's blocked words, matched in spite of common obfuscation.

Only whole words match: "class" doesn't match "ass". Chinese, Japanese, Thai and other scripts without word
boundaries match anywhere, but katakana only where no more katakana precedes or follows. Several words in a
row are a phrase. Obfuscation is recognized unless ordinary text looks the same: letters of other alphabets,
digits and signs for letters (s3x, a$$), separated letters (s e x, s.e.x) and repeated ones (seeex).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.textfilter.lookalikes import latinize_mixed, read_lookalike_signs
from bot.textfilter.matchers import PhraseMatcher, PieceMatcher
from bot.textfilter.normalize import fold
from bot.textfilter.readings import (
    is_unsegmented,
    read_signs,
    readings_of,
    spelled_out,
    tokens_of,
    words_of,
)

MAX_WORDS = 500
MAX_WORD_LENGTH = 60

_VISIBLE = re.compile("[^\\W_]|[\u2190-\u2bff\U0001f000-\U0001ffff]")
_SEPARATORS = re.compile(r"[\n,，、;；]+")
# Signs that belong to a word: 18+, 100%, +18, $100. A hash before a word only makes it a tag.
_SIGN_OF_WORD = re.compile(r"(?<=\w)[+#%°$€£¥]++(?!\w)|(?<![\w+%$€£¥])[+%$€£¥]+(?=\w)")


# A list is parsed twice when it is edited, and then compiled.
_cached_fold = lru_cache(maxsize=2 * MAX_WORDS)(fold)


def parse_words(text: str) -> tuple[str, ...]:
    """Parse a list of words and phrases, separated by newlines or commas, without duplicates."""
    words: dict[str, str] = {}
    for word in _SEPARATORS.split(text):
        if _VISIBLE.search(word):
            folded = _cached_fold(word) if len(word) <= MAX_WORD_LENGTH else fold(word)
            words.setdefault(folded.strip(), " ".join(word.split()))
    return tuple(words.values())


class Blocklist:
    """Finds blocked words and phrases in texts; compiled once for many texts."""

    def __init__(self, words: Iterable[str]) -> None:
        pieces: list[tuple[str, str]] = []
        phrases: list[tuple[Sequence[str], str]] = []
        for rule in words:
            folded = read_signs(_cached_fold(rule)).strip()
            if not _VISIBLE.search(folded):
                continue
            parts = [latinize_mixed(part)[0] for part in words_of(folded)]
            if _is_piece(folded, parts):
                pieces.append((folded, rule))
            else:
                phrases += [(parts, rule), *_joined(parts, rule)]
        self._pieces = PieceMatcher(pieces, tokens_of)
        self._phrases = PhraseMatcher(phrases)
        self._words = {parts[0]: rule for parts, rule in reversed(phrases) if len(parts) == 1}

    def find(self, text: str) -> str | None:
        """Return a blocked word that the text contains, as it was configured, or None."""
        folded = fold(text)
        if (rule := self._pieces.find(folded)) is not None:
            return rule
        signs_read = read_signs(folded)
        for reading in dict.fromkeys((folded, signs_read, read_lookalike_signs(signs_read))):
            if (rule := self._find_phrase(reading)) is not None:
                return rule
        return None

    def _find_phrase(self, text: str) -> str | None:
        readings = readings_of(words_of(text))
        if (rule := self._phrases.find(readings)) is not None:
            return rule
        return next((self._words[word] for word in spelled_out(readings) if word in self._words), None)


@lru_cache(maxsize=256)
def blocklist_for(words: tuple[str, ...]) -> Blocklist:
    """Return the cached blocklist of a server's words."""
    return Blocklist(words)


def _is_piece(folded: str, parts: Sequence[str]) -> bool:
    """Whether a rule matches character by character, as its words alone are nothing or too little."""
    is_short = len("".join(parts)) < min(2, len(folded))
    return is_short or is_unsegmented(folded) or _SIGN_OF_WORD.search(folded) is not None


def _joined(parts: Sequence[str], rule: str) -> list[tuple[Sequence[str], str]]:
    """Return the plain word of a rule whose letters are separated."""
    separated = len(parts) > 2 and all(len(part) == 1 for part in parts)
    return [(["".join(parts)], rule)] if separated else []
