"""A server's settings as JSON, which older and newer versions of the bot can read too."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, get_args

from bot.domain.guild_settings import GuildSettings, PastQuota
from bot.domain.models import Ratio, Size

log = logging.getLogger(__name__)

Read = Callable[[Any], Any]


def to_json(settings: GuildSettings) -> dict[str, Any]:
    """Return what differs from the defaults, so that a server follows those it never changed."""
    return {name: new for name, (_, new) in changes(GuildSettings(), settings).items()}


def from_json(kept: Mapping[str, Any]) -> GuildSettings:
    """Return the settings; what isn't known or can't be right is the default."""
    found: dict[str, Any] = {}
    for name in kept.keys() & _READ.keys():
        try:
            found[name] = _READ[name](kept[name])
        except (TypeError, ValueError, AttributeError):
            log.warning("a server's setting %s can't be %r; the default holds", name, kept[name])
    return GuildSettings(**found)


def changes(old: GuildSettings, new: GuildSettings) -> dict[str, tuple[Any, Any]]:
    """Return what differs, by name: what it was and what it is, as in JSON."""
    pairs = {
        field.name: (_plain(getattr(old, field.name)), _plain(getattr(new, field.name)))
        for field in fields(GuildSettings)
    }
    return {name: (was, is_) for name, (was, is_) in pairs.items() if was != is_}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # of ids
    if isinstance(value, Mapping):
        return {str(key): value[key] for key in sorted(value)}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # ids to numbers
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # of words


def _one_of(values: Any) -> Read:
    allowed = get_args(values)

    def read(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(value)
        return value

    return read


def _exactly(kind: type) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(value)
        return value

    return read


def _or_none(read: Read) -> Read:
    return lambda value: None if value is None else read(value)


_number = _exactly(int)
_text = _exactly(str)
_READ: dict[str, Read] = {
    "ratio": _one_of(Ratio),
    "size": _one_of(Size),
    "largest": _one_of(Size),
    "channels": lambda ids: frozenset(_number(id_) for id_ in ids),
    "roles": lambda ids: frozenset(_number(id_) for id_ in ids),
    "daily": _or_none(_number),
    "daily_by_role": lambda most: {int(role): _number(number) for role, number in most.items()},
    "past_quota": _one_of(PastQuota),
    "blocked_words": lambda words: tuple(_text(word) for word in words),
    "spoilers": _exactly(bool),
    "language": _or_none(_text),
    "time_zone": _text,
    "paused": _exactly(bool),
    "audit_channel": _or_none(_number),
}
