"""Finds commands that servers show twice: registered for everyone by the bot, and again for one server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.ops.check_result import CheckResult

_MOST_SERVERS = 20
"""Servers that are looked at; each takes a request."""

Get = Callable[[str], Awaitable[Any]]
"""Returns the body of a path of Discord's API; None unless it answers with 200."""


async def check_commands(get: Get, application_id: str, servers: Sequence[Mapping[str, Any]]) -> CheckResult:
    """Compare the commands for everyone with those of single servers."""
    commands = f"/applications/{application_id}"
    everyone: Sequence[Any] = await get(f"{commands}/commands") or ()
    looked_at = servers[:_MOST_SERVERS]
    doubled = [
        str(server["name"]) for server in looked_at if await get(f"{commands}/guilds/{server['id']}/commands")
    ]
    if doubled:
        return CheckResult(
            name="Commands",
            ok=False,
            message=f"“{doubled[0]}” has commands of its own, which are shown twice "
            f"({len(doubled)} of {len(looked_at)} servers)",
            remedy="Another program registered them with this token: delete its commands for single servers.",
            details=tuple(doubled),
        )
    if not everyone:
        remedy = "“jimeng-bot run” registers them at its start."
        return CheckResult(name="Commands", ok=True, message="none are registered yet", remedy=remedy)
    message = f"{len(everyone)} are registered, and none twice on {len(looked_at)} servers"
    return CheckResult(name="Commands", ok=True, message=message)
