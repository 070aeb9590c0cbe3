"""Ids of Discord and of the database."""

from __future__ import annotations

from bot.domain.errors import RuleBroken

MAX_ID = 2**63 - 1
"""The largest id that the database stores; Discord's own stay below it."""


def parse_id(text: str) -> int:
    """Return an id from a menu; raise ``RuleBroken`` for one that can't exist."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_ID)) and int(text) <= MAX_ID):
        raise RuleBroken("choice-gone")
    return int(text)


def require_id(number: int) -> int:
    """Return an id from a button; raise ``RuleBroken`` for one that can't exist."""
    if not 0 < number <= MAX_ID:
        raise RuleBroken("gone")
    return number
