"""What servers' managers and members decided: frozen values without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.models import PastQuota, Ratio, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSettings:
    """A server's settings; empty channels or roles mean all, no number means no limit."""

    ratio: Ratio = "1:1"
    size: Size = "2K"
    largest: Size = "4K"
    channels: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    daily: int | None = None
    """Pictures that a member may have in a day."""
    daily_by_role: Mapping[int, int] = field(default_factory=dict[int, int])
    """Pictures a day that a role raises it to."""
    past_quota: PastQuota = "refuse"
    blocked_words: tuple[str, ...] = ()
    spoilers: bool = False
    """Whether results outside age-restricted channels are marked as spoilers."""
    language: str | None = None
    """The language of cards that all see; None: each in its asker's."""
    time_zone: str = "UTC"
    """Where the day begins, by its IANA name."""
    paused: bool = False
    audit_channel: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changed a server's settings when: by their names, what each was and what it is, as in JSON."""

    user_id: int
    at: float
    what: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A member's own choices; None leaves it to the server, and the language to Discord."""

    ratio: Ratio | None = None
    size: Size | None = None
    style: str | None = None
    """The name of a style, which isn't there everywhere: servers have their own."""
    language: str | None = None
    tell_when_done: bool = False
    """Whether a direct message says that a request is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A member who may not ask for pictures in a server until a moment, and the moderator who decided it."""

    user_id: int
    until: float
    by_id: int
