"""Every card of rules and of keeping pictures in every language, direct messages included."""

from __future__ import annotations

import pytest

from tests.support.browser.card_sheets import SHEETS
from tests.support.browser.card_viewer import Visit
from tests.support.browser.gallery import LOCALES, Gallery
from tests.support.browser.moderation_scenarios import Order
from tests.support.browser.phone import OnAPhone, play
from tests.support.browser.rule_scenarios import LINE, Rules
from tests.support.browser.saving_scenarios import KEEPS, Keeping

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),  # some five seconds a test where nothing else runs
]


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_is_kept_and_what_comes_by_direct_message(
    phone: OnAPhone, gallery: Gallery, locale: str
) -> None:
    async with play(locale, **KEEPS) as playground:
        keeping = Keeping(playground, locale)
        async with phone(playground.url) as tab:
            visit = Visit(tab, keeping, gallery, locale)
            await keeping.keep()
            await visit.see("more-original", *SHEETS["kept"])
            await keeping.lose()
            await visit.see(*SHEETS["not-kept"])
        async with keeping.open_messages() as page, phone(page.url) as tab:
            await Visit(tab, keeping, gallery, locale).see("saved", *SHEETS["direct"])


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_is_against_the_rules(phone: OnAPhone, gallery: Gallery, locale: str) -> None:
    async with play(locale, **LINE) as playground, phone(playground.url) as tab:
        rules = Rules(playground, locale)
        visit = Visit(tab, rules, gallery, locale)
        await rules.break_rules()
        await visit.see(*SHEETS["rules"][:-1])
        await rules.ask_wrongly()
        await visit.see("long", *SHEETS["asked-wrongly"], "rule.gone")
        await rules.stand_in_line()
        await visit.see(*SHEETS["line"][:3], "rule.too-many-waiting", "rule.not-yours")
        await rules.leave_the_line()
        await visit.see("rule.too-late")
        await tab.look_as("Mei")
        await visit.see("rule.queue-full")


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_those_get_wrong_who_keep_order(phone: OnAPhone, gallery: Gallery, locale: str) -> None:
    async with play(locale) as playground, phone(playground.url) as tab:
        order = Order(playground, locale)
        visit = Visit(tab, order, gallery, locale)
        await order.keep_styles_wrongly()
        await visit.see(*SHEETS["style-rules"][:-1])
        await tab.look_as("Mei")
        await order.set_wrongly()
        await visit.see(*SHEETS["settings-rules"][:-1])
        await order.overstep()
        await visit.see("rule.pause-bot", "rule.pause-moderator", "rule.managers-only", "rule.not-your-style")
        await tab.look_as("You")
        await visit.see("rule.moderators-only")
