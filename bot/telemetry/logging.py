"""Logs for people or for collectors, and no secret in either."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from pythonjsonlogger.json import JsonFormatter

from bot.config.settings import LogFormat, LogLevel, Secret

_TOKEN_IN_PATH = re.compile(r"((?:webhooks|interactions)/\d+/)[^\s/?#\"'\\<>]+")
_TOKEN_IN_HEADER = re.compile(r"\b((?:(?i:Bearer)|Bot)\s+)(?=[\w.~+/=-]*\d|\S{20})[\w.~+/=-]{8,}")
"""A token has a digit in it or is long, which tells it from a word: "Bot disconnected" stays."""


def set_up(level: LogLevel, form: LogFormat, secrets: Iterable[Secret | None]) -> None:
    """Send every log line to standard error in the given form."""
    inner = _for_collectors() if form == "json" else _for_people()
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(inner, [secret.reveal() for secret in secrets if secret]))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("alembic", "pyvips"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for telltale in ("aiosqlite", "discord.gateway", "psycopg"):
        # At DEBUG they write whole events and every statement's values: interaction tokens and prompts.
        logging.getLogger(telltale).setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))


class RedactingFormatter(logging.Formatter):
    """Formats like ``inner``, tracebacks included, with ``secrets`` and tokens in addresses blotted out."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        if isinstance(inner, JsonFormatter):
            forms = {_within_quotes(form) for form in forms}
        longest_first = sorted(forms, key=len, reverse=True)
        self._secret = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without secrets."""
        line = self._secret.sub("…", self._inner.format(record))
        return _TOKEN_IN_HEADER.sub(r"\1…", _TOKEN_IN_PATH.sub(r"\1…", line))


def _for_people() -> logging.Formatter:
    return logging.Formatter("{asctime} {levelname:<7} {name}: {message}", style="{")


def _for_collectors() -> logging.Formatter:
    names = {"levelname": "level", "name": "logger"}
    return JsonFormatter(
        "{levelname}{name}{message}",
        style="{",
        rename_fields=names,
        timestamp="time",
        json_ensure_ascii=False,
    )


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as it is and as it looks within a repr, JSON or an address."""
    yield from (secret, repr(secret)[1:-1], _within_quotes(secret), quote(secret), quote(secret, safe=""))


def _within_quotes(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
