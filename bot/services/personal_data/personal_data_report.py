"""The exported form of a member's stored data; docs/privacy.md describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from bot.domain.image_models.prices import Spending
from bot.domain.requests.cancellation import Cancellation

FORMAT = 1
REQUEST_COLUMNS = (
    "id",
    "kind",
    "state",
    "problem",
    "created_at",
    "started_at",
    "drawn_at",
    "finished_at",
    "guild_id",
    "channel_id",
    "message_id",
    "locale",
    "own_locale",
    "prompt",
    "style",
    "style_text",
    "ratio",
    "size",
    "model",
    "amount",
    "compared",
    "surplus",
    "weight",
    "cost",
    "currency",
    "reference",
    "source",
    "more_references",
    "parent_id",
    "edits",
    "first_link",
    "spoiler",
    "starred",
    "pictures",
    "kept",
    "facts",
)
"""The columns of the table of jobs that ``request_report`` takes."""
_DAY = 86_400
Row = Mapping[str, Any]


def account_report(user_id: int, stored: Mapping[str, Sequence[Row]], *, now: float) -> dict[str, Any]:
    """Return everything but the requests; ids are strings, which JSON readers don't round, times ISO 8601."""
    return {
        "format": FORMAT,
        "exported_at": _time(now),
        "user_id": str(user_id),
        "preferences": next((row["settings"] for row in stored["preferences"]), None),
        "styles": [{"name": row["name"], "text": row["text"]} for row in stored["styles"]],
        "pauses": [
            {"server_id": _id(row["guild_id"]), "until": _time(row["until"])} for row in stored["pauses"]
        ],
        "earlier_deletions": [_time(row["at"]) for row in stored["erasures"]],
        "hints": [{"kind": row["kind"], "at": _time(row["at"])} for row in stored["hints"]],
        "pictures_of_deleted_requests": [
            {"server_id": _id(row["guild_id"]), "pictures": row["pictures"], "until": _time(row["until"])}
            for row in stored["spent"]
        ],
        "pictures_per_day": [
            {"day": _time(row["day"] * _DAY), "pictures": row["pictures"], "cost_millionths": row["cost"]}
            for row in stored["daily"]
        ],
        "bans": [
            {"at": _time(row["at"]), "until": _time(row["until"]), "reason": row["reason"]}
            for row in stored["bans"]
        ],
        "own_limits": [
            {"pictures": row["pictures"], "cost_millionths": row["cost"]} for row in stored["own_limits"]
        ],
        "operator": [
            {"at": _time(row["at"]), "what": row["act"], "reason": row["reason"], "details": row["details"]}
            for row in stored["operator_acts"]
        ],
        "changes": [
            {"server_id": _id(row["guild_id"]), "at": _time(row["at"]), "what": row["what"]}
            for row in stored["audit"]
        ],
        "moderation": [
            {"server_id": _id(row["guild_id"]), "at": _time(row["at"]), "what": row["what"]}
            for row in stored["deeds"]
        ],
    }


def request_report(row: Row) -> dict[str, Any]:
    """Return one request; fields that were not chosen or didn't happen are None."""
    return {
        "id": str(row["id"]),
        "kind": row["kind"],
        "state": row["state"],
        "problem": row["problem"],
        "asked_at": _time(row["created_at"]),
        "started_at": _time(row["started_at"]),
        "drawn_at": _time(row["drawn_at"]),
        "answered_at": _time(row["finished_at"]),
        "server_id": _id(row["guild_id"]),
        "channel_id": _id(row["channel_id"]),
        "message_id": _id(row["message_id"]),
        "language": row["locale"],
        "own_language": row["own_locale"],
        "prompt": row["prompt"],
        "style": None if row["style"] is None else {"name": row["style"], "text": row["style_text"]},
        "ratio": row["ratio"],
        "size": row["size"],
        "model": row["model"],
        "count": row["amount"],
        "compared": [one["model"] for one in row["compared"]],
        "counts_as": row["amount"] * row["weight"] + row["surplus"],
        "cost": _cost(row),
        "reference": row["reference"],
        "source": row["source"],
        "more_references": [
            {key: reference[key] for key in ("url", "source")} for reference in row["more_references"]
        ],
        "made_from_request": _id(row["parent_id"]),
        "edits": row["edits"],
        "first_picture": row["first_link"],
        "spoiler": row["spoiler"],
        "starred": row["starred"],
        "pictures": [
            {key: picture[key] for key in ("format", "width", "height")} for picture in row["pictures"]
        ],
        "originals": row["kept"],
        "removed": _removal(row["facts"]),
    }


def _cost(row: Row) -> str | None:
    currency = row["currency"]
    return None if currency is None else str(Spending(currency=currency, micro=row["cost"]))


def _removal(facts: Mapping[str, object]) -> dict[str, str] | None:
    """Return who cancelled a request or deleted its answer, and why."""
    removal = Cancellation.stored_in(facts)
    return None if removal is None else {"by": removal.by, "reason": removal.reason}


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    # A request has four times, mostly within a minute; a datetime for each takes half the time of its report.
    minute, second = divmod(int(seconds), 60)
    return f"{_minute(minute)}:{second:02}+00:00"


@lru_cache(maxsize=512)
def _minute(number: int) -> str:
    """Return a minute since the epoch as ``2026-11-28T20:45``."""
    return datetime.fromtimestamp(60 * number, UTC).strftime("%Y-%m-%dT%H:%M")
