"""Servers' settings as JSON that older and newer versions of the bot can read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, get_args

from bot.domain.guild_settings import GuildSettings, OverQuotaPolicy
from bot.domain.models import Ratio, Size

log = logging.getLogger(__name__)

Parser = Callable[[Any], Any]


def to_json(settings: GuildSettings) -> dict[str, Any]:
    """Return what differs from the defaults, so that unchanged settings follow new defaults."""
    return {name: new for name, (_, new) in changes(GuildSettings(), settings).items()}


def from_json(stored: Mapping[str, Any]) -> GuildSettings:
    """Return the settings; unknown or invalid values are replaced by the default."""
    found: dict[str, Any] = {}
    for name in stored.keys() & _PARSERS.keys():
        try:
            found[name] = _PARSERS[name](stored[name])
        except (TypeError, ValueError, AttributeError):
            log.warning("ignoring an invalid value of a server's setting %s: %r", name, stored[name])
    return GuildSettings(**found)


def changes(old: GuildSettings, new: GuildSettings) -> dict[str, tuple[Any, Any]]:
    """Return the old and new value of each setting that differs, as in JSON."""
    pairs = {
        field.name: (_plain(getattr(old, field.name)), _plain(getattr(new, field.name)))
        for field in fields(GuildSettings)
    }
    return {name: (before, after) for name, (before, after) in pairs.items() if before != after}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # of ids
    if isinstance(value, Mapping):
        return {str(key): value[key] for key in sorted(value)}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # ids to numbers
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # of words


def _one_of(values: Any) -> Parser:
    allowed = get_args(values)

    def parse(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(value)
        return value

    return parse


def _exactly(kind: type) -> Parser:
    def parse(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(value)
        return value

    return parse


def _or_none(parse: Parser) -> Parser:
    return lambda value: None if value is None else parse(value)


_number = _exactly(int)
_text = _exactly(str)
_PARSERS: dict[str, Parser] = {
    "ratio": _one_of(Ratio),
    "size": _one_of(Size),
    "largest": _one_of(Size),
    "channels": lambda ids: frozenset(_number(id_) for id_ in ids),
    "roles": lambda ids: frozenset(_number(id_) for id_ in ids),
    "daily": _or_none(_number),
    "daily_by_role": lambda quotas: {int(role): _number(number) for role, number in quotas.items()},
    "past_quota": _one_of(OverQuotaPolicy),
    "blocked_words": lambda words: tuple(_text(word) for word in words),
    "spoilers": _exactly(bool),
    "language": _or_none(_text),
    "time_zone": _text,
    "paused": _exactly(bool),
    "audit_channel": _or_none(_number),
}
