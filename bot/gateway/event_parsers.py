"""Keeps one gateway event that discord.py can't parse from ending the process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

log = logging.getLogger(__name__)

Parser = Callable[[Any], Any]

_ESSENTIAL = frozenset({"READY", "RESUMED"})
"""Without these a session can't be used, so their errors must end it."""


def skip_unparseable(parsers: Mapping[str, Parser]) -> dict[str, Parser]:
    """Return parsers that skip events on an error; each kind of error is logged once per event type."""
    logged = set[tuple[str, type[Exception]]]()
    return {
        event: parser if event in _ESSENTIAL else partial(_parse, event, parser, logged)
        for event, parser in parsers.items()
    }


def _parse(event: str, parser: Parser, logged: set[tuple[str, type[Exception]]], data: Any) -> None:
    try:
        parser(data)
    except Exception as error:
        kind = (event, type(error))
        if kind not in logged:
            logged.add(kind)
            log.exception("a gateway event %s can't be parsed; it and others like it are skipped", event)
