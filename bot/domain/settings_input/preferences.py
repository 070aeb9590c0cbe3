"""Parse what members choose into changes of their preferences."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Literal, get_args

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import Preferences
from bot.domain.models import Ratio, Size

PreferenceName = Literal["ratio", "size", "model", "style", "language"]
SwitchName = Literal["tell", "remixes"]
_SWITCHES: dict[SwitchName, str] = {"tell": "tell_when_done", "remixes": "allow_remixes"}


def apply_preference(
    preferences: Preferences, name: PreferenceName, value: str | None, *, offered: Collection[str]
) -> Preferences:
    """Set a preference, or unset it with None; raise ``RuleBroken`` for a value that isn't offered.

    ``offered`` are the styles, languages or models; ratios and sizes are known.
    """
    known: dict[PreferenceName, Collection[str]] = {"ratio": get_args(Ratio), "size": get_args(Size)}
    if value is not None and value not in known.get(name, offered):
        raise RuleBroken("choice-gone")
    changes: dict[str, Any] = {name: value}
    return replace(preferences, **changes)


def apply_switch(preferences: Preferences, switch: SwitchName, *, on: bool) -> Preferences:
    """Turn completion notices, or remixes by others, on or off."""
    changes: dict[str, Any] = {_SWITCHES[switch]: on}
    return replace(preferences, **changes)
