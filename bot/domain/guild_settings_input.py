"""What managers choose, as changes of their server's settings; what can't be is refused in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, PastQuota
from bot.domain.models import Ratio, Size
from bot.textfilter.blocklist import LONGEST_WORD, MOST_WORDS, parse_words

Choice = Literal[
    "ratio",
    "size",
    "largest",
    "past_quota",
    "spoilers",
    "language",
    "channels",
    "roles",
    "audit_channel",
    "paused",
]
MOST_PICKED = 25
"""Channels or roles; Discord's menus take no more."""
MOST_A_DAY = 10_000
WORDS_LIMIT = 4000
"""Characters of the whole list of words; a form takes no more."""

_OFFERED: dict[Choice, tuple[str, ...]] = {
    "ratio": get_args(Ratio),
    "size": get_args(Size),
    "largest": get_args(Size),
    "past_quota": get_args(PastQuota),
}
_SWITCHES: tuple[Choice, ...] = ("spoilers", "paused")
NONE = "none"
"""What is picked where no language shall be."""


def choose(settings: GuildSettings, choice: Choice, values: Sequence[str]) -> GuildSettings:
    """Put what was picked in its place; switches are ``on`` or ``off``, and ``none`` is no language."""
    value: Any = values[0] if values else None
    if choice in _OFFERED:
        if value not in _OFFERED[choice]:
            raise RuleBroken("choice-gone")
    elif choice in _SWITCHES:
        value = value == "on"
    elif choice == "audit_channel":
        value = int(value) if value else None
    elif choice == "language":
        value = None if value == NONE else value
    else:
        value = frozenset(map(int, values[:MOST_PICKED]))
    return replace(settings, **{choice: value})


def read_number(text: str) -> int | None:
    """Read how many pictures a day were written, None for no limit; raise ``RuleBroken``."""
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) > MOST_A_DAY:
        raise RuleBroken("not-a-number", most=MOST_A_DAY)
    return int(text)


def allow_role(
    settings: GuildSettings, role_id: int, number: int | None, *, there: Collection[int]
) -> GuildSettings:
    """Give a role its own number of pictures a day, or none; forget roles that aren't there any more."""
    numbers = {role: daily for role, daily in settings.daily_by_role.items() if role in there}
    numbers.pop(role_id, None)
    if number is not None:
        if len(numbers) >= MOST_PICKED:
            raise RuleBroken("too-many-roles", most=MOST_PICKED)
        numbers[role_id] = number
    return replace(settings, daily_by_role=numbers)


def block_words(settings: GuildSettings, text: str, *, shown: Sequence[str]) -> GuildSettings:
    """Add and drop what differs from the list that was ``shown``: somebody else may have changed it since."""
    wanted = parse_words(text)
    dropped = set(shown) - set(wanted)
    kept = [word for word in settings.blocked_words if word not in dropped]
    words = parse_words("\n".join([*kept, *(word for word in wanted if word not in shown)]))
    if any(len(word) > LONGEST_WORD for word in words):
        raise RuleBroken("word-too-long", limit=LONGEST_WORD)
    if len(words) > MOST_WORDS or len("\n".join(words)) > WORDS_LIMIT:
        raise RuleBroken("too-many-words", most=MOST_WORDS, limit=WORDS_LIMIT)
    return replace(settings, blocked_words=words)
