"""Settings of servers and preferences of members: frozen values without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.models import OverQuotaPolicy, Ratio, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSettings:
    """A server's settings; empty channels or roles mean all, None means no limit."""

    ratio: Ratio = "1:1"
    size: Size = "2K"
    largest: Size = "4K"
    model: str | None = None
    """The id of the usual model; None for the bot's."""
    models: frozenset[str] = frozenset()
    """The ids of the allowed models; empty for all."""
    model_roles: Mapping[str, frozenset[int]] = field(default_factory=dict[str, frozenset[int]])
    """Roles that may use a model, by its id; a model that isn't listed is for everyone."""
    channels: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    daily: int | None = None
    """Pictures per member and day."""
    daily_by_role: Mapping[int, int] = field(default_factory=dict[int, int])
    """Higher daily limits by role id."""
    past_quota: OverQuotaPolicy = "refuse"
    blocked_words: tuple[str, ...] = ()
    spoilers: bool = False
    """Whether results outside age-restricted channels are marked as spoilers."""
    avatar_remixes: bool = True
    """Whether members may remix each other's avatars."""
    replies_without_mention: bool = False
    """Whether a reply to one of the bot's messages is a request even if it doesn't mention the bot."""
    language: str | None = None
    """The language of public cards; None: each in its requester's."""
    time_zone: str = "UTC"
    """IANA name of the time zone that days are counted in."""
    paused: bool = False
    audit_channel: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """A change of a server's settings; ``what`` maps names to old and new JSON values."""

    user_id: int
    at: float
    what: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A member's own defaults; None falls back to the server's, for the language to Discord's."""

    ratio: Ratio | None = None
    size: Size | None = None
    model: str | None = None
    """The id of the usual model."""
    style: str | None = None
    """Name of the default style; server styles exist in their own server only."""
    language: str | None = None
    tell_when_done: bool = False
    """Whether a direct message reports finished requests."""
    allow_remixes: bool = True
    """Whether others may remix the member's avatar and pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A member suspended from requesting pictures in a server until a time, by a moderator."""

    user_id: int
    until: float
    by_id: int
    """0 once that moderator has deleted their data."""
    reason: str = ""
