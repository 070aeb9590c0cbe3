"""Every usual card in every language on a phone; docs/cards.md says how its pictures are renewed."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.ui.panels.help_pages import Topic
from tests.support.browser.card_scenarios import Club
from tests.support.browser.card_sheets import SHEETS
from tests.support.browser.card_viewer import Visit
from tests.support.browser.gallery import LOCALES, Gallery
from tests.support.browser.phone import OnAPhone, play

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),  # some five seconds a test where nothing else runs
]
DRAWN = ("result", "four", "reencoded", "styled", "missing")
REFUSED = (
    "prompt-blocked", "reference-blocked", "result-blocked", "unreachable", "size-refused", "operator",
    "unexpected", "blocked-words",
)  # fmt: skip
OWN = ("history", "usage", "preferences", "styles")
TO_READ = ("privacy", "privacy-question", *(f"help-{topic}" for topic in get_args(Topic)))
OF_A_MANAGER = ("settings-pictures", "settings-access", "settings-records", "member-history")


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_card_is_whole_and_in_one_language(
    phone: OnAPhone, gallery: Gallery, locale: str
) -> None:
    async with play(locale) as playground, phone(playground.url) as tab:
        club = Club(playground, locale)
        visit = Visit(tab, club, gallery, locale)
        await club.arrive()
        await visit.see(*SHEETS["empty"])
        await club.stand_in_line()
        await visit.see("drawing", "next", "waiting")
        await club.look_at_the_line()
        await visit.see("queue")
        await club.ask()
        await visit.see("cancelled", *DRAWN, *REFUSED)
        await club.look_around()
        await visit.see("more", "hint", *OWN)
        await visit.fill_in("form-edit", "result", "button.edit")
        await visit.fill_in("form-remix", "result", "button.remix")
        await visit.fill_in("form-style", "styles", "style.new")
        await club.keep_order()
        await tab.look_as("Mei")
        await visit.see(*OF_A_MANAGER)
        await visit.fill_in("form-words", "settings-records", "panel.change")
        await visit.pause()
        await club.find_it_busy()
        await visit.see("retrying")
        await club.be_patient()
        await visit.see("busy", "records-busy")
        await visit.read_records()
        await club.read_up()
        await tab.look_as("You")
        await visit.see(*TO_READ)
        await visit.sit_down_at_a_desk()
