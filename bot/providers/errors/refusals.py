"""Classify the relay's errors: every shape of body becomes one BotError.

``nested_errors`` takes a body apart, and its parts are matched against ``refusal_tables`` in this order, the
innermost first each time:

1. codes in fields made for them, then in running text: "error code: 50413", "InputTextRiskDetection: ..."
   (``CODES``; for a refused parameter its name and message, ``PARAMETERS``)
2. the status 429, the body's or else HTTP's: the relay is busy, unless the operator's account is exhausted
3. words (``WORDS``), then generic codes (``GENERIC_CODES``)
4. in a successful reply a code that it is for later (``TASKS``)
5. the status that the body names, "API error (429)", else the HTTP status (``STATUSES``)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from bot.domain.errors import Blocked, BotError, RelayBusy
from bot.providers.errors.nested_errors import NestedError, nested_errors
from bot.providers.errors.refusal_tables import (
    BUSY,
    CODES,
    EXHAUSTED,
    GENERIC_CODES,
    PARAMETERS,
    REASONS,
    SEVERE,
    SIDES,
    STATUSES,
    TASKS,
    WORDS,
    Rule,
)

_MAX_READ = 32 * 1024
_MAX_DETAIL = 8_000
_MAX_RETRY_AFTER = 3600.0
_ABOUT_PARAMETER = re.compile(r"^(Invalid(Parameter|ImageURL)|(Unsupported|Oversized)Image)", re.IGNORECASE)
_UNKNOWN = Rule("", BotError)

_NAMED_CODE = re.compile(
    r"(?:(?<![a-z])(?:code|error|status)|[码碼])(?: ?\(\d{3}\))?[\s:=：(\[#'\"]{0,8}(\d{3,5})(?![\w.-])"
    r"|(?<![\w/.=&?%#-])((?-i:[A-Z][a-z]+[A-Z]\w+(?:\.[A-Z]\w+)*))(?![\w/-]|\.[a-z])",
    re.IGNORECASE,
)
_NAMED_STATUS = re.compile(r"[45]\d\d")


def classify(status: int, body: str, *, retry_after: str | None = None, prompt: str = "") -> BotError:
    """Return the error that an HTTP status and a body without a picture mean.

    ``retry_after`` is the header of that name. What the body repeats of ``prompt`` decides nothing. An
    unknown error is a plain BotError. ``detail`` holds up to 8,000 characters of the body.
    """
    errors = nested_errors(body[:_MAX_READ], prompt)
    found = ((rule, evidence) for rule, evidence in _candidates(status, errors) if rule)
    rule, evidence = next(found, (_UNKNOWN, ""))
    kinds = (_first(REASONS, evidence), _first(SEVERE, evidence)) if issubclass(rule.error, Blocked) else ()
    facts = {name: value for kind in kinds if kind for name, value in kind.facts.items()}
    error = rule.make(f"HTTP {status}: {body[:_MAX_DETAIL]}", **facts)
    if isinstance(error, RelayBusy):
        error.retry_after = _seconds(retry_after)
    return error


def token_refused(status: int, body: str) -> bool:
    """Whether the relay refused the token, so that a new one may help."""
    return status == 401 or (status in (200, 400, 403) and "sandbox token" in body[:_MAX_READ].lower())


def _candidates(status: int, errors: list[NestedError]) -> Iterator[tuple[Rule | None, str]]:
    coded = [(nested, code) for nested in errors for code in nested.codes]
    coded += [(nested, code) for nested in errors for code in _codes_in(nested.message)]
    named = next((code for _, code in coded if _NAMED_STATUS.fullmatch(code)), str(status))
    for nested, code in coded:
        yield _by_code(code, nested), f"{code} {nested.message}"
    if named == "429":
        yield next((rule for nested in errors if (rule := _first(EXHAUSTED, nested.message))), BUSY), ""
    for nested in errors:
        yield _first(WORDS, f"<{nested.param}> {nested.message}"), nested.message
    for _, code in coded:
        yield _first(GENERIC_CODES, code), ""
    if status < 300:
        for _, code in coded:
            yield _first(TASKS, code), ""
    # Depth 0 is the bare body: with a status of success only an object can be an error.
    has_error = any(nested.depth and (nested.codes or nested.message) for nested in errors)
    yield _first(STATUSES, "" if named == str(status) and status < 300 and has_error else named), ""


def _by_code(code: str, nested: NestedError) -> Rule | None:
    if _ABOUT_PARAMETER.search(code):
        return _first(PARAMETERS, f"{code} <{nested.param}> {nested.message}") or _UNKNOWN
    rule = _first(CODES, code)
    if rule is not None and rule.error is Blocked:
        return _first(SIDES, nested.message) or rule
    return rule


def _first(rules: Iterable[Rule], text: str) -> Rule | None:
    text = text.lower()
    return next((rule for rule in rules if rule.matches(text)), None)


def _codes_in(text: str) -> Iterator[str]:
    return (found[1] or found[2] for found in _NAMED_CODE.finditer(text))


def _seconds(retry_after: str | None) -> float | None:
    """Parse a Retry-After header, seconds or a date, limited to an hour; None if it can't be parsed."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _seconds_until(retry_after)
    return min(seconds, _MAX_RETRY_AFTER) if isfinite(seconds) and seconds >= 0 else None


def _seconds_until(date: str) -> float:
    try:
        when = parsedate_to_datetime(date)
        return max((when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError, LookupError, OverflowError):
        return float("nan")
