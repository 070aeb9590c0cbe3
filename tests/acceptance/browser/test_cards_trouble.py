"""Every card of refusals and failures in every language, and the records of them."""

from __future__ import annotations

import pytest

from tests.support.browser.card_sheets import SHEETS
from tests.support.browser.card_viewer import Visit
from tests.support.browser.failure_scenarios import Trouble
from tests.support.browser.gallery import LOCALES, Gallery
from tests.support.browser.phone import OnAPhone, play

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),  # some five seconds a test where nothing else runs
]


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_is_refused_and_what_fails(phone: OnAPhone, gallery: Gallery, locale: str) -> None:
    async with play(locale) as playground, phone(playground.url) as tab:
        trouble = Trouble(playground, locale)
        visit = Visit(tab, trouble, gallery, locale)
        await trouble.give_bad_pictures()
        await visit.see(*SHEETS["given"])
        await trouble.meet_the_filter()
        await visit.see(*SHEETS["filter"], "rule.cooling-down")
        await trouble.stumble()
        await visit.see("card.retrying")
        await trouble.keep_trying()
        await visit.see("error.unavailable", "error.bad-reply")
        await trouble.find_it_down()
        await visit.see("card.down")
        await trouble.give_up()
        await visit.see("error.down", "records-down")
        await trouble.be_recorded()
        await visit.see("records-requests")
