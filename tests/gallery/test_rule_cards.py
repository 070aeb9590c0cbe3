"""Every card of rules and of keeping pictures in every language, direct messages included."""

from __future__ import annotations

import pytest

from tests.support.browser.card_sheets import SHEETS
from tests.support.browser.card_viewer import CardViewer
from tests.support.browser.gallery import LOCALES, Gallery
from tests.support.browser.moderation_scenarios import ModerationScenario
from tests.support.browser.phone import OpenOnPhone, open_scenario_playground
from tests.support.browser.rule_scenarios import QUEUE_SETTINGS, RuleScenario
from tests.support.browser.saving_scenarios import ORIGINALS_SETTINGS, SavingScenario

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(600),  # about five seconds per test on an idle machine
]


@pytest.mark.parametrize("locale", LOCALES)
async def test_saved_pictures_and_direct_messages(
    open_on_phone: OpenOnPhone, gallery: Gallery, locale: str
) -> None:
    async with open_scenario_playground(locale, ORIGINALS_SETTINGS) as playground:
        scenario = SavingScenario(playground, locale)
        async with open_on_phone(playground.url) as tab:
            viewer = CardViewer(tab, scenario, gallery, locale)
            await scenario.save_pictures()
            await viewer.check_cards("more-original", *SHEETS["kept"])
            await scenario.lose_pictures()
            await viewer.check_cards(*SHEETS["not-kept"])
            await viewer.check_widths()
        async with scenario.open_direct_messages() as page, open_on_phone(page.url) as tab:
            await CardViewer(tab, scenario, gallery, locale).check_cards("saved", *SHEETS["direct"])


@pytest.mark.parametrize("locale", LOCALES)
async def test_refusals_by_rules(open_on_phone: OpenOnPhone, gallery: Gallery, locale: str) -> None:
    async with (
        open_scenario_playground(locale, QUEUE_SETTINGS) as playground,
        open_on_phone(playground.url) as tab,
    ):
        scenario = RuleScenario(playground, locale)
        viewer = CardViewer(tab, scenario, gallery, locale)
        await scenario.violate_server_rules()
        await viewer.check_cards(*SHEETS["rules"][:-1])
        await scenario.submit_invalid_requests()
        await viewer.check_cards("long", *SHEETS["asked-wrongly"], "rule.data-deleted")
        await scenario.fill_queue()
        await viewer.check_cards(*SHEETS["line"][:3], "rule.too-many-waiting", "rule.not-yours")
        await scenario.cancel_queued()
        await viewer.check_cards("rule.too-late")
        await tab.view_as("Mei")
        await viewer.check_cards("rule.queue-full")
        await viewer.check_widths()


@pytest.mark.parametrize("locale", LOCALES)
async def test_refusals_of_managers_and_moderators(
    open_on_phone: OpenOnPhone, gallery: Gallery, locale: str
) -> None:
    async with open_scenario_playground(locale) as playground, open_on_phone(playground.url) as tab:
        scenario = ModerationScenario(playground, locale)
        viewer = CardViewer(tab, scenario, gallery, locale)
        await scenario.submit_invalid_styles()
        await viewer.check_cards(*SHEETS["style-rules"][:-1])
        await tab.view_as("Mei")
        await scenario.submit_invalid_settings()
        await viewer.check_cards(*SHEETS["settings-rules"][:-1])
        await scenario.exceed_permissions()
        await viewer.check_cards(
            "rule.pause-bot", "rule.pause-moderator", "rule.managers-only", "rule.not-your-style"
        )
        await tab.view_as("You")
        await viewer.check_cards("rule.moderators-only")
        await viewer.check_widths()
