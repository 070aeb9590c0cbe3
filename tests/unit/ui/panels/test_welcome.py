"""The starter styles in every language."""

from __future__ import annotations

from random import Random

import pytest

from bot.demo.painter.prompt_scene import STYLES, parse_prompt
from bot.domain.request_rules import MAX_STYLES, normalize_style
from bot.ui.i18n.texts import Texts
from bot.ui.panels.welcome import STARTER_STYLES, WelcomePage

PAINTED = {"watercolour", "ink-wash", "oil", "pencil", "pixel-art", "anime", "comic", "isometric", "clay"}


@pytest.mark.parametrize("locale", ["en", "zh-CN", "zh-TW"])
def test_the_starter_styles_are_valid_styles_with_different_names(locale: str) -> None:
    starters = WelcomePage(Texts.load()).starter_styles(locale)
    assert [normalize_style(style) for style in starters] == starters
    assert len({style.name.casefold() for style in starters}) == len(starters) == 10 <= MAX_STYLES["guild"]


@pytest.mark.parametrize("locale", ["en", "zh-CN", "zh-TW"])
def test_the_simulated_service_paints_in_them(locale: str) -> None:
    starters = WelcomePage(Texts.load()).starter_styles(locale)
    painted = {
        key: parse_prompt(f"a fox. {style.text}", Random(1)).style
        for key, style in zip(STARTER_STYLES, starters, strict=True)
    }
    assert {key for key, style in painted.items() if style != "none"} == PAINTED
    assert {style for style in painted.values() if style != "none"} == {*STYLES} - {"woodcut"}
