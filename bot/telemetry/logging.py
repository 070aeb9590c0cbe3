"""Log lines as text or JSON, with secrets redacted."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from copy import copy
from typing import Any
from urllib.parse import quote

from pythonjsonlogger.json import JsonFormatter

from bot.telemetry.log_context import current_fields

_TOKEN_IN_PATH = re.compile(r"((?:webhooks|interactions)/\d+/)[^\s/?#\"'\\<>]+")
_TOKEN_IN_HEADER = re.compile(r"\b((?:(?i:Bearer)|Bot)\s+)(?=[\w.~+/=-]*\d|\S{20})[\w.~+/=-]{8,}")
"""A token contains a digit or is long; this leaves "Bot disconnected" alone."""
_JOB_NUMBER = re.compile(r"\bjob %[sd]")
"""Where the template of a line names its job."""
_PLACEHOLDER = re.compile(r"%(?:%|[^%a-z]*[a-z])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, line separators, and those that reverse the direction of text."""


LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
"""The levels that can be chosen while the bot runs."""


def configure_logging(level: str, *, as_json: bool, secrets: Iterable[str] = ()) -> None:
    """Send every log line to standard error, as JSON or as text, with ``secrets`` redacted."""
    inner = _json_formatter() if as_json else _text_formatter()
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(inner, secrets))
    logging.basicConfig(handlers=[handler], force=True)
    for chatty in ("alembic", "pyvips"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    set_level(level)


def set_level(level: str) -> None:
    """Log at a level from now on."""
    logging.getLogger().setLevel(level)
    for telltale in ("discord.gateway", "psycopg"):
        # At DEBUG they log whole events and statement parameters: interaction tokens and prompts.
        logging.getLogger(telltale).setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))


class RedactingFormatter(logging.Formatter):
    """Formats like ``inner`` and redacts ``secrets`` and tokens in URLs, in tracebacks too."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        encodings = {encoded for secret in secrets if secret for encoded in _encodings(secret)}
        if isinstance(inner, JsonFormatter):
            encodings = {_json_escaped(encoded) for encoded in encodings}
        longest_first = sorted(encodings, key=len, reverse=True)
        self._secret = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line with secrets redacted."""
        try:
            line = self._inner.format(record)
        except (TypeError, ValueError):
            # logging would write the record to standard error itself, with its secrets.
            line = self._inner.format(_without_arguments(record))
        return _TOKEN_IN_HEADER.sub(r"\1…", _TOKEN_IN_PATH.sub(r"\1…", self._secret.sub("…", line)))


class TextFormatter(logging.Formatter):
    """Formats a record as one line; control characters are escaped and tracebacks indented.

    So no prompt, name or error message can forge a line or control a terminal.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name of the standard library
        """Return the line with control characters escaped."""
        return _CONTROL.sub(_escape, super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  # see above
        """Return the traceback, indented."""
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"  {_CONTROL.sub(_escape, line)}" for line in lines)


class ContextJsonFormatter(JsonFormatter):
    """Formats a record as one JSON object, with the fields of the running task and the job it speaks of."""

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Add the fields; what the line itself names takes precedence."""
        super().add_fields(log_data, record, message_dict)
        log_data.update(current_fields())
        if (job_id := _job_named_by(record)) is not None:
            log_data["job_id"] = job_id


def _without_arguments(record: logging.LogRecord) -> logging.LogRecord:
    """Return a record whose template doesn't fit its arguments, with both as its message."""
    written = copy(record)
    written.msg, written.args = f"{record.msg} {record.args!r}", None
    return written


def _job_named_by(record: logging.LogRecord) -> int | None:
    """Return the number that follows “job” in a line, where its template has one."""
    template, arguments = str(record.msg), record.args
    if not isinstance(arguments, tuple) or (found := _JOB_NUMBER.search(template)) is None:
        return None
    before = _PLACEHOLDER.findall(template[: found.start()])
    position = len(before) - before.count("%%")
    number = arguments[position] if position < len(arguments) else None
    return number if isinstance(number, int) else None


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _text_formatter() -> logging.Formatter:
    return TextFormatter("{asctime} {levelname:<7} {name}: {message}", style="{")


def _json_formatter() -> logging.Formatter:
    names = {"levelname": "level", "name": "logger"}
    return ContextJsonFormatter(
        "{levelname}{name}{message}",
        style="{",
        rename_fields=names,
        timestamp="time",
        json_ensure_ascii=False,
    )


def _encodings(secret: str) -> Iterator[str]:
    """Yield a secret as it is and as it is written in a repr, JSON or a URL."""
    yield from (secret, repr(secret)[1:-1], _json_escaped(secret), quote(secret), quote(secret, safe=""))


def _json_escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
