"""Matchers whose work is linear in the text, whatever they search for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ahocorasick_rs import AhoCorasick

Readings = frozenset[str]
"""All readings of one word of a text."""


class PieceMatcher:
    """Finds texts that begin and end at token boundaries.

    ``pieces`` are such texts with their rules; ``tokenize`` splits a text at all of its boundaries.
    """

    def __init__(self, pieces: Sequence[tuple[str, str]], tokenize: Callable[[str], Sequence[str]]) -> None:
        self._rules = [rule for _, rule in pieces]
        self._tokenize = tokenize
        self._automaton = AhoCorasick([self._mark(piece) for piece, _ in pieces])

    def find(self, text: str) -> str | None:
        """Return the rule of the first piece in the text, or None."""
        if not self._rules:
            return None
        found = self._automaton.find_matches_as_indexes(self._mark(text))
        return self._rules[found[0][0]] if found else None

    def _mark(self, text: str) -> str:
        # With every boundary marked, a plain substring search matches only between boundaries.
        return "".join(["\0", *(f"{token}\0" for token in self._tokenize(text))])


class PhraseMatcher:
    """Finds phrases in a text whose words have several readings each.

    This is the Shift-And algorithm: each word of each phrase has one bit, and each word of the text moves all
    partial matches on by one bit.
    """

    def __init__(self, phrases: Iterable[tuple[Sequence[str], str]]) -> None:
        self._bits: dict[str, int] = {}
        self._rules: dict[int, str] = {}
        self._first = self._last = 0
        bit = 1
        for words, rule in phrases:
            self._first |= bit
            for word in words:
                self._bits[word] = self._bits.get(word, 0) | bit
                bit <<= 1
            self._last |= bit >> 1
            self._rules[bit.bit_length() - 1] = rule

    def find(self, text: Iterable[Readings]) -> str | None:
        """Return the rule of the first phrase in the text, or None."""
        partial = 0
        for readings in text:
            matching = 0
            for reading in readings:
                matching |= self._bits.get(reading, 0)
            partial = (partial << 1 | self._first) & matching if matching else 0
            if complete := partial & self._last:
                return self._rules[(complete & -complete).bit_length()]
        return None
