"""Checks of what the operator controls: for which servers the bot is, and whether everything is paused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bot.ops.check_result import CheckResult


def check_allowed_servers(
    servers: Collection[Mapping[str, Any]], allowed: Collection[int]
) -> Iterator[CheckResult]:
    """Yield what ALLOWED_SERVERS means for the servers that the bot is on; nothing where it is empty."""
    if not allowed:
        return
    refused = [str(server["name"]) for server in servers if int(server["id"]) not in allowed]
    missing = set(allowed) - {int(server["id"]) for server in servers}
    message = f"ALLOWED_SERVERS names {len(allowed)}; requests are refused in {len(refused)} more"
    absent = f"; the bot isn't on {', '.join(map(str, sorted(missing)))}" if missing else ""
    remedy = "Add their ids to ALLOWED_SERVERS, or remove the bot there." if refused else ""
    yield CheckResult(
        name="Allowed servers", ok=True, message=message + absent, remedy=remedy, details=tuple(refused)
    )


async def check_pause(url: str) -> list[CheckResult]:
    """Return that the operator paused everything; nothing if not, or if the database can't tell."""
    # Imported here: it takes a while.
    from bot.store.operator.operator_view import open_operator_view

    try:
        async with open_operator_view(url, capacity=1) as view:
            healths = await view.relay.healths()
    except Exception:
        # What is wrong with the database is the result of another check.
        return []
    if not any(health.paused for health in healths.values()):
        return []
    remedy = "Go on in the console."
    message = "all drawing is paused; requests wait"
    return [CheckResult(name="Pause", ok=True, message=message, remedy=remedy)]
