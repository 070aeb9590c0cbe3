"""Parse what managers enter into changes of their server's settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, OverQuotaPolicy
from bot.domain.ids import parse_id
from bot.domain.models import Ratio, Size
from bot.textfilter.blocklist import MAX_WORD_LENGTH, MAX_WORDS, parse_words

MenuSetting = Literal[
    "ratio",
    "size",
    "largest",
    "model",
    "models",
    "past_quota",
    "spoilers",
    "avatar_remixes",
    "replies_without_mention",
    "language",
    "channels",
    "roles",
    "audit_channel",
    "paused",
]
MAX_PICKED = 25
"""Channels or roles; the limit of Discord's select menus."""
MAX_DAILY = 10_000
BLOCKLIST_TEXT_LIMIT = 4000
"""Characters of the whole word list; the limit of a modal's text field."""

_OFFERED: dict[MenuSetting, tuple[str, ...]] = {
    "ratio": get_args(Ratio),
    "size": get_args(Size),
    "largest": get_args(Size),
    "past_quota": get_args(OverQuotaPolicy),
}
_SWITCHES: tuple[MenuSetting, ...] = ("spoilers", "avatar_remixes", "replies_without_mention", "paused")
NO_VALUE = "none"
"""The menu value for no fixed language or model."""


def apply_menu_choice(
    settings: GuildSettings,
    choice: MenuSetting,
    values: Sequence[str],
    *,
    languages: Collection[str],
    models: Collection[str],
) -> GuildSettings:
    """Apply a menu selection; switches are ``on`` or ``off``; ``none`` means no fixed language or model.

    ``models`` are the ids of all models. Raises ``RuleBroken`` for a value that isn't offered.
    """
    value: Any = values[0] if values else None
    if choice in _OFFERED:
        if value not in _OFFERED[choice]:
            raise RuleBroken("choice-gone")
    elif choice in _SWITCHES:
        value = value == "on"
    elif choice == "audit_channel":
        value = parse_id(value) if value else None
    elif choice == "language":
        value = _one_of(value, languages)
    elif choice == "model":
        value = _one_of(value, models)
    elif choice == "models":
        value = _allowed(values, models)
    else:
        value = frozenset(map(parse_id, values[:MAX_PICKED]))
    return replace(settings, **{choice: value})


def _one_of(value: str | None, offered: Collection[str]) -> str | None:
    if value is None or value == NO_VALUE:
        return None
    if value not in offered:
        raise RuleBroken("choice-gone")
    return value


def _allowed(values: Sequence[str], models: Collection[str]) -> frozenset[str]:
    """Return the ids of the allowed models; none where all are, so that later ones are, too."""
    chosen = frozenset(values)
    if not chosen <= frozenset(models):
        raise RuleBroken("choice-gone")
    return frozenset() if chosen == frozenset(models) else chosen


def parse_daily_limit(text: str) -> int | None:
    """Parse a number of pictures per day, None for no limit; raise ``RuleBroken``."""
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) > MAX_DAILY:
        raise RuleBroken("not-a-number", most=MAX_DAILY)
    return int(text)


def set_role_limit(
    settings: GuildSettings, role_id: int, number: int | None, *, there: Collection[int]
) -> GuildSettings:
    """Set or remove a role's daily limit, and drop roles that no longer exist."""
    numbers = {role: daily for role, daily in settings.daily_by_role.items() if role in there}
    numbers.pop(role_id, None)
    if number is not None:
        if len(numbers) >= MAX_PICKED:
            raise RuleBroken("too-many-roles", most=MAX_PICKED)
        numbers[role_id] = number
    return replace(settings, daily_by_role=numbers)


def set_model_roles(
    settings: GuildSettings, model: str, roles: Sequence[int], *, models: Collection[str]
) -> GuildSettings:
    """Set which roles may use a model, everyone for none; drop models that no longer exist.

    Raises ``RuleBroken`` for a model that isn't offered.
    """
    if model not in models:
        raise RuleBroken("choice-gone")
    kept = {id_: needed for id_, needed in settings.model_roles.items() if id_ in models and id_ != model}
    if roles:
        kept[model] = frozenset(roles[:MAX_PICKED])
    return replace(settings, model_roles=kept)


def update_blocked_words(settings: GuildSettings, text: str, *, shown: Sequence[str]) -> GuildSettings:
    """Apply the differences from the list that was ``shown``: it may have changed in the meantime."""
    wanted = parse_words(text)
    if any(len(word) > MAX_WORD_LENGTH for word in wanted):
        raise RuleBroken("word-too-long", limit=MAX_WORD_LENGTH)
    dropped = set(shown) - set(wanted)
    kept = [word for word in settings.blocked_words if word not in dropped]
    words = parse_words("\n".join([*kept, *(word for word in wanted if word not in shown)]))
    if len(words) > MAX_WORDS or len("\n".join(words)) > BLOCKLIST_TEXT_LIMIT:
        raise RuleBroken("too-many-words", most=MAX_WORDS, limit=BLOCKLIST_TEXT_LIMIT)
    return replace(settings, blocked_words=words)
