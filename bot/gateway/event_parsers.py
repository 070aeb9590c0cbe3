"""What happens to gateway events before and when discord.py parses them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from bot.telemetry.log_context import log_fields
from bot.textfilter.normalize import without_control_characters

log = logging.getLogger(__name__)

Parser = Callable[[Any], Any]

_ESSENTIAL = frozenset({"READY", "RESUMED"})
"""Without these a session can't be used, so their errors must end it."""
_TYPED = ("INTERACTION_CREATE", "MESSAGE_CREATE", "MESSAGE_UPDATE")
"""The events with texts that people type."""


def skip_unparseable(parsers: Mapping[str, Parser]) -> dict[str, Parser]:
    """Return parsers that skip events on an error; each kind of error is logged once per event type."""
    logged = set[tuple[str, type[Exception]]]()
    return {
        event: parser if event in _ESSENTIAL else partial(_parse, event, parser, logged)
        for event, parser in parsers.items()
    }


def clean_texts(parsers: Mapping[str, Parser]) -> dict[str, Parser]:
    """Return parsers that never see a control character in what people type, whichever field it is."""
    cleaned = {event: partial(_parse_cleaned, parsers[event]) for event in _TYPED if event in parsers}
    return {**parsers, **cleaned}


def name_origin(parsers: Mapping[str, Parser], shard_count: Callable[[], int]) -> dict[str, Parser]:
    """Return parsers of what people do whose log lines, and those of its handlers, name server and shard."""
    named = {
        event: partial(_parse_in_context, parsers[event], shard_count) for event in _TYPED if event in parsers
    }
    return {**parsers, **named}


def _parse_in_context(parser: Parser, shard_count: Callable[[], int], data: Any) -> None:
    guild_id = int(data.get("guild_id") or 0)
    with log_fields(guild_id=guild_id or None, shard=(guild_id >> 22) % shard_count()):
        parser(data)


def _parse_cleaned(parser: Parser, data: Any) -> None:
    parser(_clean(data) if _may_need_cleaning(data) else data)


def _may_need_cleaning(data: Any) -> bool:
    # The representation escapes every control character. Walking through the whole event in Python takes
    # longer than parsing it.
    return "\\" in repr(data).replace("\\n", "")


def _clean(data: Any) -> Any:
    if isinstance(data, str):
        return without_control_characters(data)
    if isinstance(data, dict):
        return {key: _clean(value) for key, value in cast("dict[str, Any]", data).items()}
    if isinstance(data, list):
        return [_clean(value) for value in cast("list[Any]", data)]
    return data


def _parse(event: str, parser: Parser, logged: set[tuple[str, type[Exception]]], data: Any) -> None:
    try:
        parser(data)
    except Exception as error:
        kind = (event, type(error))
        if kind not in logged:
            logged.add(kind)
            log.exception("a gateway event %s can't be parsed; it and others like it are skipped", event)
