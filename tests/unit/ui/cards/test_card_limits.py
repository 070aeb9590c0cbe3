"""No card exceeds Discord's limits, for any input in any language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from discord import AppCommandType, Permissions, ui

from bot.config.catalogue import parse, shipped_text
from bot.domain import errors, request_rules
from bot.domain.errors import BotError, RuleBroken
from bot.domain.guild_settings import GuildSettings, Pause, Preferences
from bot.domain.models import (
    Draft,
    Generating,
    ImageRequest,
    Job,
    JobPage,
    Picture,
    QueuePosition,
    Quota,
    Requester,
    RetryScheduled,
    SavedStyle,
    Style,
    StyleOwner,
    Usage,
    Waiting,
)
from bot.services.queries import MemberStatus
from bot.store.queue.limits import Limits
from bot.ui.cards.buttons.job_buttons import JobButton
from bot.ui.cards.job_cards import Cards
from bot.ui.i18n.texts import Texts
from bot.ui.intake.references.media import Media
from bot.ui.panels.command_list import CommandInfo
from bot.ui.panels.help_pages import HelpContext, HelpPages, Topic
from bot.ui.panels.history_pages import HistoryPages, HistoryQuery
from bot.ui.panels.preferences_page import PreferencesPage
from bot.ui.panels.queue_page import QueuePage
from bot.ui.panels.style_pages import PAGE, StyleListing, StylePages
from bot.ui.panels.usage_page import usage_page
from tests.support.longest_values import FACTS

TEXTS = Texts.load()
LANGUAGES = sorted(TEXTS.languages)
MAX_CHARACTERS, MAX_COMPONENTS = 4000, 40
LONGEST = "*" * request_rules.PROMPT_LIMIT
"""Escaping doubles each of its characters."""
ID = 18_446_744_073_709_551_615
STYLE = Style(name="*" * request_rules.STYLE_NAME_LIMIT, text="_" * request_rules.STYLE_TEXT_LIMIT)
OWNER = StyleOwner(kind="guild", id=ID)
PICTURE = Picture(path=Path("a.png"), format="png", width=5120, height=2880)
REQUESTER = Requester(user_id=ID, channel_id=ID, guild_id=ID, locale="en", guild_locale=None, upload_limit=10)
JOB = Job(
    id=2**63 - 1,
    draft=Draft(
        kind="remix", request=ImageRequest(prompt=LONGEST, ratio="16:9", size="2K"), count=4, style=STYLE
    ),
    requester=REQUESTER,
    reply_to=None,
    message_id=ID,
    state="done",
    created_at=1e9,
    attempts=1,
    deadline=3600,
    started_at=0,
    drawn_at=9999,
    pictures=(PICTURE,) * 3,
    kept=("a",) * 3,
)
LINK = str(FACTS["link"])
MODELS = parse(shipped_text())
CARDS, PAGES = Cards(TEXTS, lambda: 0.0, MODELS), HistoryPages(TEXTS)
HELP = HelpPages(TEXTS, MODELS)
STYLES = [SavedStyle(id=ID, owner=OWNER, style=STYLE)] * request_rules.MAX_STYLES["guild"]
POSITION = QueuePosition(ahead=10_000, starts_at=9e9)
RESULTS = JobPage(jobs=(JOB,) * 4, page=1, pages=3, total=10_000)
SHOWN = [f"https://cdn.discordapp.com/{'x' * 300}"] * 4
MEDIA = Media(url=SHOWN[0], content_type=None, width=9, height=9, size=9, spoiler=True)
FULL = [[MEDIA] * 4] * 4
MANY = frozenset(range(ID - 60, ID))
SETTINGS = GuildSettings(
    channels=MANY, roles=MANY, spoilers=True, blocked_words=("x",), time_zone="America/Argentina/Buenos_Aires"
)
USAGE = Usage(
    today=9999,
    month=99_999,
    waiting=999,
    running=99,
    quota=Quota(allowed=9999, since=0, until=9e9, past="relaxed"),
    used=9998,
)
TERMS = MemberStatus(
    settings=SETTINGS,
    limits=Limits(),
    usage=USAGE,
    defaults=ImageRequest(prompt=""),
    denial=RuleBroken("channel", channels=FACTS["channels"]),
)
COMMANDS = [
    CommandInfo(
        name="n" * 32,
        kind=kind,
        about="很" * 100,
        names={},
        abouts={},
        needs=Permissions.all() if at > 13 else None,
        id=ID,
    )
    for kind in (AppCommandType.chat_input, AppCommandType.user, AppCommandType.message)
    for at in range(16 if kind is AppCommandType.chat_input else 5)
]
HELP_CONTEXT = HelpContext(
    requester=replace(REQUESTER, guest=True),
    allowed=Permissions.all(),
    status=TERMS,
    commands=COMMANDS,
    me=ID,
)
PROBLEMS = sorted(
    kind.key for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BotError)
)


def in_language(job: Job, locale: str) -> Job:
    return replace(job, requester=replace(job.requester, locale=locale))


def problem(locale: str, key: str) -> ui.LayoutView:
    facts = {"reason": "copyright", "problem": "not-public", "until": FACTS["until"]}
    failed = replace(in_language(JOB, locale), pictures=(), problem=key, facts=facts)
    return CARDS.problem(failed)


def help_page(topic: Topic) -> Callable[[str], ui.LayoutView]:
    return lambda locale: HELP.page(locale, topic, HELP_CONTEXT)


WHOLE: dict[str, Callable[[str], ui.LayoutView]] = {
    "waiting": lambda locale: CARDS.progress(in_language(JOB, locale), Waiting(position=POSITION)),
    "drawing": lambda locale: CARDS.progress(in_language(JOB, locale), Generating(ready_at=9e9)),
    "retrying": lambda locale: CARDS.progress(
        in_language(JOB, locale), RetryScheduled(problem="busy", run_at=9e9)
    ),
    "cancelled": lambda locale: CARDS.cancelled(in_language(JOB, locale)),
    "result": lambda locale: CARDS.result(in_language(JOB, locale), JOB.pictures, ["a"] * 3),
    "more": lambda locale: CARDS.details(locale, JOB, own=True, deletable=True),
    "saved": lambda locale: CARDS.saved(locale, JOB, ["a"] * 4, LINK),
    "reminder": lambda locale: CARDS.completion_notice(locale, JOB, LINK),
    "hint": CARDS.hint,
    "history": lambda locale: PAGES.history(locale, RESULTS, HistoryQuery(), [LINK] * 4, FULL),
    "member's history": lambda locale: PAGES.member_history(
        locale, RESULTS, HistoryQuery(member=ID), [LINK] * 4, FULL, Pause(user_id=ID, until=9e9, by_id=ID)
    ),
    "queue": lambda locale: QueuePage(TEXTS, lambda: 0.0).page(locale, [(JOB, POSITION)] * 1100),
    "usage": lambda locale: usage_page(TEXTS, locale, USAGE),
    "preferences": lambda locale: PreferencesPage(TEXTS, MODELS).page(
        locale, Preferences(style=STYLE.name), STYLES
    ),
    "styles": lambda locale: StylePages(TEXTS).list_page(
        locale,
        StyleListing(
            owner=OWNER,
            styles=STYLES,
            page=0,
            pictures=[MEDIA] * PAGE,
            changeable=True,
            in_server=True,
        ),
    ),
    "style": lambda locale: StylePages(TEXTS).style(locale, STYLES[0], MEDIA),
    "help: commands": help_page("commands"),
    "help: remix": help_page("remix"),
    "help: prompts": help_page("prompts"),
    "help: limits": help_page("limits"),
    "help: notes": help_page("notes"),
}


def check(view: ui.LayoutView) -> None:
    assert view.content_length() <= MAX_CHARACTERS
    assert len(list(view.walk_children())) <= MAX_COMPONENTS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WHOLE)
def test_a_full_card_stays_within_discords_limits(name: str, language: str) -> None:
    check(WHOLE[name](language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", PROBLEMS)
def test_every_problem_card_stays_within_discords_limits(key: str, language: str) -> None:
    if key != RuleBroken.key:  # shown as its rule alone, without a prompt
        check(problem(language, key))


@pytest.mark.parametrize("length", [200, 1800, 3900])
def test_links_to_originals_are_split_over_several_cards(length: int) -> None:
    links = [f"https://s3.example/{number}{'x' * length}" for number in range(4)]
    cards = CARDS.original_links("en", links)
    texts = [
        item.content for view in cards for item in view.walk_children() if isinstance(item, ui.TextDisplay)
    ]
    assert all(f"]({link})" in "\n".join(texts) for link in links)
    for view in cards:
        check(view)


def buttons_of(view: ui.LayoutView) -> list[str]:
    buttons: list[Any] = [item for item in view.walk_children() if isinstance(item, JobButton)]
    return [str(button.item.custom_id).split(":")[1] for button in buttons]


def test_buttons_have_the_same_order_on_every_card() -> None:
    order = [
        "reshape",
        "replace",
        "again",
        "edit",
        "remix",
        "upscale",
        "more",
        "vary",
        "original",
        "save",
        "star",
        "delete",
    ]
    views = [
        *(make("en") for name, make in WHOLE.items() if name not in ("history", "member's history", "queue"))
    ]
    views += [problem("en", key) for key in PROBLEMS if key != RuleBroken.key]
    for view in views:
        shown = [action for action in buttons_of(view) if action != "cancel"]
        assert shown == sorted(shown, key=order.index)


def test_every_card_has_the_same_accent_colour() -> None:
    accents: set[Any] = set()
    for view in (*(make("en") for make in WHOLE.values()), *(problem("en", "busy"),)):
        accents |= {item.accent_colour for item in view.walk_children() if isinstance(item, ui.Container)}
    assert len(accents) == 1


def test_every_picture_on_a_card_has_a_description() -> None:
    for make in WHOLE.values():
        for item in make("en").walk_children():
            if isinstance(item, ui.MediaGallery):
                assert all(each.description for each in item.items)
            if isinstance(item, ui.Thumbnail):
                assert item.description
