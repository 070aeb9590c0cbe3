"""How alike texts are, by the letters that follow each other: in Chinese, too, and with typing errors."""

from __future__ import annotations

from collections.abc import Sequence

_COMPARED = 300
"""Characters of each text that are compared, which bounds the cost."""


def most_similar(text: str, others: Sequence[str]) -> list[int]:
    """Return the positions of the other texts, those first that have most in common with ``text``.

    Of equally similar ones the first comes first.
    """
    wanted = _pairs(text)
    shared = [len(wanted & _pairs(other)) for other in others]
    return sorted(range(len(others)), key=lambda at: -shared[at])


def _pairs(text: str) -> set[str]:
    folded = " ".join(text[:_COMPARED].casefold().split())
    return {folded[at : at + 2] for at in range(len(folded) - 1)} or {folded}
