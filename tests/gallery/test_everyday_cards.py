"""Every usual card in every language on a phone; docs/cards.md says how to update its pictures."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.ui.panels.help_pages import Topic
from tests.support.browser.card_scenarios import CardScenario
from tests.support.browser.card_sheets import SHEETS
from tests.support.browser.card_viewer import CardViewer
from tests.support.browser.gallery import LOCALES, Gallery
from tests.support.browser.phone import OpenOnPhone, open_scenario_playground

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(600),  # about five seconds per test on an idle machine
]
DRAWN = ("result", "four", "reencoded", "styled", "larger", "missing")
REFUSED = (
    "prompt-blocked", "reference-blocked", "result-blocked", "unreachable", "size-refused", "operator",
    "unexpected", "blocked-words",
)  # fmt: skip
OWN = (
    "which-picture", "one-picture", "link", "upscaled", "varied", "before", "deletion", "nearest", "history",
    "usage", "preferences", "styles",
)  # fmt: skip
TO_READ = ("privacy", "privacy-question", *(f"help-{topic}" for topic in get_args(Topic)))
OF_A_MANAGER = ("settings-pictures", "settings-access", "settings-records", "member-history")


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_card_is_whole_and_in_one_language(
    open_on_phone: OpenOnPhone, gallery: Gallery, locale: str
) -> None:
    async with open_scenario_playground(locale) as playground, open_on_phone(playground.url) as tab:
        scenario = CardScenario(playground, locale)
        viewer = CardViewer(tab, scenario, gallery, locale)
        await scenario.open_empty_panels()
        await viewer.check_cards(*SHEETS["empty"])
        await scenario.draw_in_parts()
        await viewer.check_cards("part")
        await scenario.cancel_in_parts()
        await viewer.check_cards("stopped")
        await scenario.fill_queue()
        await viewer.check_cards("drawing", "next", "waiting")
        await scenario.open_queue()
        await viewer.check_cards("queue", "cancel-all")
        await scenario.request_pictures()
        await viewer.check_cards("cancelled", *DRAWN, *REFUSED)
        await scenario.open_own_panels()
        await viewer.check_cards("hint")
        await viewer.check_cards("more", *OWN)
        await viewer.check_form("form-edit", "result", "button.edit")
        await viewer.check_form("form-remix", "result", "button.remix")
        await viewer.check_form("form-style", "styles", "style.new")
        await viewer.check_form("form-another", "reference-blocked", "button.replace")
        await scenario.open_manager_panels()
        await scenario.post_welcome()
        await viewer.check_cards("welcome")
        await tab.view_as("Mei")
        await viewer.check_cards(*OF_A_MANAGER)
        await viewer.check_form("form-words", "settings-records", "panel.change")
        await viewer.pause()
        await scenario.request_while_busy()
        await viewer.check_cards("retrying")
        await scenario.exhaust_retries()
        await viewer.check_cards("busy", "records-busy")
        await viewer.check_records()
        await scenario.open_privacy_and_help()
        await tab.view_as("You")
        await viewer.check_cards(*TO_READ)
        await viewer.check_widths()
        await viewer.capture_desktop()
