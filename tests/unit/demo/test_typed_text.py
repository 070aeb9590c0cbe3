"""Mentions typed as text."""

from __future__ import annotations

import pytest

from bot.demo.page.typed_text import resolve_mentions


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@Jimeng a fox", "<@5> a fox"),
        ("a fox, @Jimeng!", "a fox, <@5>!"),
        ("@Jimeng2 and @JimengX", "<@6> and @JimengX"),
        ("me@Jimeng.example", "me@Jimeng.example"),
        ("no name here", "no name here"),
    ],
)
def test_a_name_after_an_at_is_a_mention(typed: str, sent: str) -> None:
    assert resolve_mentions(typed, {"Jimeng": 5, "Jimeng2": 6}) == sent
