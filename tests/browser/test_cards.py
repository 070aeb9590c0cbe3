"""Every card in every language on a phone; SCREENSHOTS=docs/images renews the pictures of docs/cards.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import get_args

import pytest
from browser_tab import Tab, open_tab
from club import Club
from club_keeping import KEEPS, Keeping
from club_order import Order
from club_rules import LINE, Rules
from club_trouble import Trouble
from gallery import LOCALES, Gallery
from playwright.async_api import Browser
from script import WORDS, Script
from seen import SHEETS
from visit import Visit

from bot.demo.playground import Playground, open_playground
from bot.ui.help import Topic

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),  # some five seconds where nothing else runs
]

PHONE = (390, 844)
TALL = 2600
"""Pixels: on so high a phone pictures show every card whole."""
DRAWN = ("result", "four", "reencoded", "styled", "missing")
REFUSED = (
    "prompt-blocked", "reference-blocked", "result-blocked", "unreachable", "size-refused", "operator",
    "unexpected", "blocked-words",
)  # fmt: skip
OWN = ("history", "usage", "preferences", "styles")
TO_READ = ("privacy", "privacy-question", *(f"help-{topic}" for topic in get_args(Topic)))
OF_A_MANAGER = ("settings-pictures", "settings-access", "settings-records", "member-history")


@pytest.fixture(scope="module")
def gallery() -> Iterator[Gallery]:
    """Where pictures are collected, if they are wanted."""
    wanted = os.environ.get("SCREENSHOTS")
    gallery = Gallery(Path(wanted) / "cards" if wanted else None)
    yield gallery
    gallery.write()


Opening = Callable[[str], AbstractAsyncContextManager[Tab]]


@pytest.fixture
def phone(browser: Browser, gallery: Gallery) -> Opening:
    """Open an address on a phone."""
    height = TALL if gallery.open else PHONE[1]
    return lambda url: open_tab(browser, url, width=PHONE[0], height=height, scale=gallery.scale)


def play(locale: str, **environment: str) -> AbstractAsyncContextManager[Playground]:
    """Open a playground where people meet with what they write about."""
    return open_playground(delay=0, locale=locale, chaos=Script(WORDS[locale]), environment=environment)


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_card_is_whole_and_in_one_language(phone: Opening, gallery: Gallery, locale: str) -> None:
    async with play(locale) as playground, phone(playground.url) as tab:
        club = Club(playground, locale)
        visit = Visit(tab, club, gallery, locale)
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


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_is_kept_and_what_comes_by_direct_message(
    phone: Opening, gallery: Gallery, locale: str
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
async def test_what_is_against_the_rules(phone: Opening, gallery: Gallery, locale: str) -> None:
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
async def test_what_is_refused_and_what_fails(phone: Opening, gallery: Gallery, locale: str) -> None:
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


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_those_get_wrong_who_keep_order(phone: Opening, gallery: Gallery, locale: str) -> None:
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
