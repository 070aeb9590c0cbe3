"""Every language has every message used in the code, with its placeholders, within Discord's limits."""

from __future__ import annotations

import re
import string
from collections.abc import Generator, Iterator
from dataclasses import asdict
from functools import cache
from typing import get_args

import pytest

from bot.domain import errors
from bot.domain.errors import BlockReason, BotError, ReferenceProblem
from bot.domain.guild_settings import GuildSettings, OverQuotaPolicy
from bot.domain.models import DailyScope, JobKind, Ratio, Size
from bot.domain.requests.history_filter import HistoryKind
from bot.ui.cards.buttons.job_buttons import JobAction
from bot.ui.cards.buttons.picture_buttons import PictureAction
from bot.ui.i18n.locale_format import UNITS, locale_format
from bot.ui.i18n.texts import Message, Texts
from bot.ui.intake.channel_access import ANSWER_PERMISSIONS
from bot.ui.intake.forms.reason_form import Removal
from bot.ui.panels.help_pages import PARTS, Topic
from bot.ui.panels.pause_forms import Duration
from bot.ui.panels.preferences_page import PreferenceName
from bot.ui.panels.privacy_cards import PrivacyStep
from bot.ui.panels.queue_page import QueueStep
from bot.ui.panels.settings_controls import PageName
from bot.ui.panels.usage_page import SpendingScope
from bot.ui.panels.welcome import STARTER_STYLES
from tests.support.longest_values import FACTS
from tests.support.text_usage import Mention, calls_of, forget_code, forms_of, mentions

TEXTS = Texts.load()
ENGLISH = TEXTS.languages["en"]
LANGUAGES = sorted(TEXTS.languages)

BLOCKS = {kind.key for kind in (errors.Blocked, *errors.Blocked.__subclasses__())}
ERRORS = {
    kind.key for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BotError)
} - {errors.RuleBroken.key}

DEFAULTS = asdict(GuildSettings())
EMPTY = {name for name, value in DEFAULTS.items() if not value and value is not False}


def kebab(name: str) -> str:
    """Return a name in kebab case, as in keys."""
    return name.replace("_", "-")


def words_passed_to(name: str) -> set[str]:
    """Return the strings that the code passes to a function or class."""
    return {word for words, _ in calls_of(name) for word in words}


@pytest.fixture(scope="module", autouse=True)
def code() -> Generator[None]:
    """Read the code once for these tests."""
    yield
    forget_code()


# Not at import, as every worker imports every file: searching the code takes seconds.
@cache
def all_mentions() -> tuple[Mention, ...]:
    """Find every mention of a message in the code."""
    return tuple(mentions({key.split(".")[0] for key in ENGLISH}))


@cache
def families() -> dict[str, set[str]]:
    """Return the keys that the code composes: the possible values of ``{}``."""
    return {
        "ago.{}": set(UNITS),
        "button.{}": set(get_args(JobAction)),
        "duration.{}": set(UNITS),
        "picture.{}": set(get_args(PictureAction)) - {"open"},
        "nothing.{}": {kebab(name) for name in EMPTY},
        "error.{}": ERRORS - {errors.ReferenceUnusable.key, errors.StorageUnavailable.key},
        "error.{}-{}": {f"reference-unusable-{problem}" for problem in get_args(ReferenceProblem)}
        | {f"storage-unavailable-{reason}" for reason in ("request", "action")},
        "help.{}": {*get_args(Topic), *PARTS},
        "hint.{}": words_passed_to("option_descriptions"),
        "kind.{}": set(get_args(HistoryKind)),
        "missing.{}": ERRORS,
        "reason.{}": set(get_args(Removal)),
        "reason.{}-use": {f"{removal}-use" for removal in get_args(Removal)},
        "modal.{}": {"prompt", "ratio", "size", "another-file", "another-link"},
        "more.{}": set(get_args(JobKind)),
        "option.{}": words_passed_to("option_names"),
        "panel.{}": set(get_args(PageName)),
        "clear.{}": {"channels", "roles", "audit-channel"},
        "past-quota.{}": set(get_args(OverQuotaPolicy)),
        "pause.{}": set(get_args(Duration)),
        "permission.{}": {kebab(name) for name in ("view_channel", *ANSWER_PERMISSIONS)},
        "preferences.{}": set(get_args(PreferenceName)),
        "preferences.{}-none": {f"{choice}-none" for choice in get_args(PreferenceName)},
        "spent.{}": set(get_args(SpendingScope)),
        "settings.{}": {kebab(name) for name in DEFAULTS},
        "daily.{}": set(get_args(DailyScope)),
        "daily.{}-cost": {"member-cost", "server-cost"},
        "queue-step.{}": set(get_args(QueueStep)),
        "step.{}": set(get_args(PrivacyStep)),
        "rule.{}": words_passed_to("RuleBroken") | words_passed_to("TooManyReferences"),
        "starter.{}": set(STARTER_STYLES),
        "starter-text.{}": set(STARTER_STYLES),
        "welcome.{}": {"title", "imagine", "remix", "mention"},
        "{}.{}": {f"ratio.{ratio}" for ratio in get_args(Ratio)}
        | {f"size.{size}" for size in get_args(Size)}
        | {f"kind.{kind}" for kind in get_args(HistoryKind)},
    }


CHOSEN = {f"error.{key}-{reason}" for key in BLOCKS for reason in get_args(BlockReason)} | {
    "error.reference-blocked-redraw"
}
"""Messages used if they exist, with a more general one as the fallback."""


SECTIONS = {
    "about": 100,
    "button": 80,
    "command": 32,
    "hint": 100,
    "menu": 32,
    "option": 32,
    "kind": 100,
    "ratio": 100,
    "size": 100,
    "step": 80,
}
"""Discord's length limit of a message, by its section."""
ROLES = {
    "__init__.title": 45,
    "Button.label": 80,
    "Choice.name": 100,
    "Label.text": 45,
    "Label.description": 100,
    "Select.placeholder": 150,
    "SelectOption.label": 100,
    "SelectOption.description": 100,
    "TextInput.placeholder": 100,
}
"""The same by the argument a message is passed as."""
LINE = 1000
"""The length limit of any other message: four fill a card."""


def keys_of(template: str) -> set[str]:
    """Return the messages that a key in the code can refer to."""
    if "{}" not in template:
        return {template}
    assert template in families(), f"list in families() the values of {template}"
    names = families()[template]
    return names if template == "{}.{}" else {f"{template.partition('.')[0]}.{name}" for name in names}


def placeholders(message: Message) -> set[str]:
    """Return the names of a message's placeholders."""
    return {name for form in forms_of(message) for _, name, _, _ in string.Formatter().parse(form) if name}


def filled_lengths(language: str) -> Iterator[tuple[str, int]]:
    """Yield every message's key and its length in a language, filled with the longest values."""
    for key, message in TEXTS.languages[language].items():
        for form in forms_of(message):
            yield key, len(Texts({language: {key: form}})(language, key, count=1_000_000, **FACTS))


def test_every_message_used_in_the_code_exists() -> None:
    asked = {(key, mention.place) for mention in all_mentions() for key in keys_of(mention.key)}
    assert sorted((key, place) for key, place in asked if key not in ENGLISH) == []


def test_every_message_is_used() -> None:
    asked = {key for mention in all_mentions() for key in keys_of(mention.key)}
    assert sorted(ENGLISH.keys() - asked - CHOSEN) == []


def test_every_family_of_messages_is_used() -> None:
    assert sorted(families().keys() - {mention.key for mention in all_mentions()}) == []


def test_every_message_gets_its_placeholders_filled() -> None:
    for mention in all_mentions():
        for key in keys_of(mention.key) & ENGLISH.keys():
            if mention.facts is not None:
                assert placeholders(ENGLISH[key]) <= mention.facts, f"{key} at {mention.place}"
    for rules, facts in calls_of("RuleBroken"):
        for rule in rules:
            assert placeholders(ENGLISH[f"rule.{rule}"]) <= facts, rule


def test_no_unused_values_are_passed() -> None:
    for mention in all_mentions():
        if mention.facts is not None and "{}" not in mention.key:
            message = ENGLISH[mention.key]
            plural = () if isinstance(message, str) else ("count",)
            assert mention.facts <= placeholders(message).union(plural), f"{mention.key} at {mention.place}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_message_with_the_same_placeholders(language: str) -> None:
    other = TEXTS.languages[language]
    assert other.keys() == ENGLISH.keys()
    for key, message in ENGLISH.items():
        assert placeholders(other[key]) == placeholders(message), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_placeholder_is_a_name_and_nothing_else(language: str) -> None:
    for key, message in TEXTS.languages[language].items():
        for form in forms_of(message):
            for _, name, spec, conversion in string.Formatter().parse(form):
                assert name is None or (name.isidentifier() and spec in ("", "n") and not conversion), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_has_the_plurals_of_its_language(language: str) -> None:
    expected = locale_format(language).forms
    for key, message in TEXTS.languages[language].items():
        assert isinstance(message, str) or message.keys() == expected, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_stay_within_discords_limits(language: str) -> None:
    roles = {key: mention.role for mention in all_mentions() for key in keys_of(mention.key) if mention.role}
    for key, length in filled_lengths(language):
        limits = (SECTIONS.get(key.partition(".")[0], LINE), ROLES.get(roles.get(key, ""), LINE))
        assert length <= min(limits), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_commands_and_options_are_valid(language: str) -> None:
    for key, name in TEXTS.languages[language].items():
        if key.startswith(("command.", "option.")):
            assert isinstance(name, str)
            assert re.fullmatch(r"[-_'\w]+", name) and name == name.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_command_names_are_unique(language: str) -> None:
    names = [name for key, name in TEXTS.languages[language].items() if key.startswith("command.")]
    assert len(names) == len(set(map(str, names)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_bold_text_is_rendered_as_such(language: str) -> None:
    # Two asterisks between a letter and a punctuation mark open or close nothing, unless the mark is outside.
    for key, message in TEXTS.languages[language].items():
        for form in forms_of(message):
            marks = [found.start() for found in re.finditer(r"\*\*", form)]
            for number, at in enumerate(marks):
                before, after = form[at - 1 : at], form[at + 2 : at + 3]
                inside, outside = (before, after) if number % 2 else (after, before)
                assert not (re.match(r"[^\w\s{}]", inside) and re.match(r"\w", outside)), (key, form)
