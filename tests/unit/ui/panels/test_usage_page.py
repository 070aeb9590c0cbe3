"""Models of more weight on the page of /usage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config.catalogue import load
from bot.domain.models import DailyUsage, Quota, Usage
from bot.ui.i18n.texts import Texts
from bot.ui.panels.usage_page import usage_page

TEXTS = Texts.load()
USAGE = Usage(today=0, month=0, waiting=0, running=0)
QUOTA = Quota(allowed=9, since=0, until=86_400)
(USUAL,) = load(None, ("seedream-4.5",))
MODELS = (
    USUAL,
    replace(USUAL, label={"en": "Fine"}, weight=3),
    replace(USUAL, label={"en": "Text", "zh-TW": "文字"}, weight=2),
    replace(USUAL, label={"en": "Large"}, weight=3),
)


def small_print(usage: Usage, locale: str = "en-US") -> list[str]:
    (text,) = (
        getattr(item, "content", "")
        for item in usage_page(TEXTS, locale, usage, models=MODELS).walk_children()
        if hasattr(item, "content")
    )
    return [line for line in text.splitlines() if line.startswith("-# ")]


def test_models_of_more_weight_are_named_by_weight_where_pictures_are_limited() -> None:
    assert small_print(replace(USAGE, quota=QUOTA)) == [
        "-# Text: each picture counts as 2.",
        "-# Fine · Large: each picture counts as 3.",
    ]
    assert small_print(replace(USAGE, quota=QUOTA), "zh-TW")[0] == "-# 文字：每張圖算 2 張。"


@pytest.mark.parametrize("unit", [None, "cost"])
def test_no_weight_is_named_where_nothing_counts_pictures(unit: str | None) -> None:
    budget = DailyUsage(scope="member", unit="cost", used=1, allowed=9, until=86_400)
    assert small_print(replace(USAGE, daily=(budget,) if unit else ())) == []
