"""Texts are ordered by what they have in common."""

from __future__ import annotations

import pytest

from bot.domain.similarity import most_similar


@pytest.mark.parametrize(
    ("text", "others", "order"),
    [
        ("red fox", ["an owl", "a red fox in the snow", "a fox"], [1, 2, 0]),
        ("lihgthouse", ["a fox", "a LIGHTHOUSE in a storm"], [1, 0]),
        ("雪地里的狐狸", ["一只猫头鹰", "狐狸在雪地里"], [1, 0]),
        ("x", ["a", "b"], [0, 1]),
        ("", [], []),
    ],
)
def test_what_has_most_in_common_comes_first(text: str, others: list[str], order: list[int]) -> None:
    assert most_similar(text, others) == order
