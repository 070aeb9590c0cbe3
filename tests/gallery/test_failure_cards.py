"""Every card of refusals and failures in every language, and the records of them."""

from __future__ import annotations

import pytest

from tests.support.browser.card_sheets import SHEETS
from tests.support.browser.card_viewer import CardViewer
from tests.support.browser.failure_scenarios import FailureScenario
from tests.support.browser.gallery import LOCALES, Gallery
from tests.support.browser.phone import OpenOnPhone, open_scenario_playground

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(600),  # about five seconds per test on an idle machine
]


@pytest.mark.parametrize("locale", LOCALES)
async def test_refusals_and_failures(open_on_phone: OpenOnPhone, gallery: Gallery, locale: str) -> None:
    async with open_scenario_playground(locale) as playground, open_on_phone(playground.url) as tab:
        scenario = FailureScenario(playground, locale)
        viewer = CardViewer(tab, scenario, gallery, locale)
        await scenario.submit_unusable_references()
        await viewer.check_cards(*SHEETS["given"])
        await scenario.trigger_safety_filter()
        await viewer.check_cards(*SHEETS["filter"], "rule.cooling-down")
        await scenario.request_from_failing_relay()
        await viewer.check_cards("card.retrying")
        await scenario.exhaust_retries()
        await viewer.check_cards("error.unavailable", "error.bad-reply")
        await scenario.request_while_down()
        await viewer.check_cards("card.down")
        await scenario.let_request_expire()
        await viewer.check_cards("error.down", "records-down")
        await scenario.produce_every_record()
        await viewer.check_cards("records-requests")
        await viewer.check_widths()
