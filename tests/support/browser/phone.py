"""A playground on a phone screen, with faults chosen by prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from bot.demo.page.playground import Playground, open_playground
from tests.support.browser.sample_texts import SAMPLE_TEXTS, FaultsByPrompt
from tests.support.browser.tab import Tab

PHONE = (390, 844)
TALL_HEIGHT = 2600
"""Pixels: on a phone this tall, every card is captured whole."""
OpenOnPhone = Callable[[str], AbstractAsyncContextManager[Tab]]
"""Opens a URL on a phone screen."""


def open_scenario_playground(
    locale: str, settings: Mapping[str, str] | None = None, *, more_models: bool = False
) -> AbstractAsyncContextManager[Playground]:
    """Open a playground whose relay fails by the sample texts; ``more_models`` adds two to the usual one."""
    environment = {"WELCOME": "false", **(settings or {})}
    return open_playground(
        delay=0,
        locale=locale,
        chaos=FaultsByPrompt(SAMPLE_TEXTS[locale]),
        environment=environment,
        more_models=more_models,
    )
