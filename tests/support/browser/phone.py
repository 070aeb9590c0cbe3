"""A playground on a phone, where people meet with what they write about."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot.demo.page.playground import Playground, open_playground
from tests.support.browser.sample_texts import WORDS, Script
from tests.support.browser.tab import Tab

PHONE = (390, 844)
TALL = 2600
"""Pixels: on so high a phone pictures show every card whole."""
OnAPhone = Callable[[str], AbstractAsyncContextManager[Tab]]
"""Opens an address on a phone."""


def play(locale: str, **environment: str) -> AbstractAsyncContextManager[Playground]:
    """Open a playground where people meet with what they write about."""
    return open_playground(delay=0, locale=locale, chaos=Script(WORDS[locale]), environment=environment)
