"""The playground's welcome has the same content in every language."""

from __future__ import annotations

import re

import pytest

from bot.demo.page.welcome import GREETING, WELCOME
from bot.ui.i18n.texts import Texts

NAMED = re.compile(r"\{link\}|`(?:[/@]\w+|[a-z-]+)")
"""A command, a mention or a fault keyword; and the photograph's link."""


@pytest.mark.parametrize("language", WELCOME)
def test_every_welcome_names_the_same_commands_and_mentions(language: str) -> None:
    assert NAMED.findall(WELCOME[language]) == NAMED.findall(WELCOME["en"])


@pytest.mark.parametrize(("language", "label"), [("en", "Apps"), ("zh-CN", "应用"), ("zh-TW", "應用程式")])
def test_every_welcome_names_the_menus(language: str, label: str) -> None:
    texts = Texts.load()
    assert f"**{label} → {texts(language, 'menu.remix')}**" in WELCOME[language]
    assert f"**{label} → {texts(language, 'menu.remix-avatar')}**" in WELCOME[language]


def test_there_is_a_greeting_in_every_language() -> None:
    assert set(GREETING) == set(WELCOME) == set(Texts.load().languages)
