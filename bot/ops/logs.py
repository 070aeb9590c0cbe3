"""Logs for people or for collectors, and no secret in either."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from pythonjsonlogger.json import JsonFormatter

from bot.settings import LogFormat, LogLevel, Secret

_TOKEN_IN_PATH = re.compile(r"((?:webhooks|interactions)/\d+/)[\w.%-]+")
_BEARER = re.compile(r"((?:Bearer|Bot)\s+)[\w.~+/=-]{8,}")


def set_up(level: LogLevel, form: LogFormat, secrets: Iterable[Secret | None]) -> None:
    """Send every log line to standard error in the given form."""
    inner = (
        JsonFormatter(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
        if form == "json"
        else logging.Formatter("{asctime} {levelname:<7} {name}: {message}", style="{")
    )
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(inner, [secret.reveal() for secret in secrets if secret]))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("alembic", "pyvips"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for telltale in ("aiosqlite", "discord.gateway"):
        # At DEBUG they write whole events and every statement's values: interaction tokens and prompts.
        logging.getLogger(telltale).setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))


class RedactingFormatter(logging.Formatter):
    """Formats like ``inner``, tracebacks included, with ``secrets`` and tokens in addresses blotted out."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without secrets."""
        line = self._inner.format(record)
        for secret in self._secrets:
            line = line.replace(secret, "…")
        return _BEARER.sub(r"\1…", _TOKEN_IN_PATH.sub(r"\1…", line))
