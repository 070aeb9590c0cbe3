"""Checks what the bot needs, and says how to mend what is missing."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.errors import BotError
from bot.settings import Secret, Settings

DISCORD_API = "https://discord.com/api/v10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report; ``mend`` says what to do, or is empty when all is well."""

    subject: str
    good: bool
    says: str
    mend: str = ""


async def examine(
    settings: Settings,
    check_relay: Callable[[], Awaitable[str]],
    *,
    discord_api: str = DISCORD_API,
) -> AsyncGenerator[Finding]:
    """Yield a finding about the relay and Discord, whatever is broken."""
    yield await _relay(settings, check_relay)
    async for finding in _discord(settings.discord_token, discord_api):
        yield finding


async def _relay(settings: Settings, check: Callable[[], Awaitable[str]]) -> Finding:
    if settings.demo_relay:
        return Finding(
            subject="Relay",
            good=True,
            says="the simulated relay answers; pictures carry a “demo” mark",
            mend="Write RELAY_URL and RELAY_TOKEN in .env for real pictures.",
        )
    try:
        says = await check()
    except BotError as error:
        mend = (
            "Check RELAY_URL and RELAY_TOKEN in .env, or RELAY_AUTH_COMMAND and RELAY_AUTH_FILE."
            if error.key == "operator"
            else "Check RELAY_URL, and whether this machine reaches it."
        )
        return Finding(subject="Relay", good=False, says=f"{error} {error.detail}".strip(), mend=mend)
    return Finding(subject="Relay", good=True, says=says)


async def _discord(token: Secret | None, api: str) -> AsyncGenerator[Finding]:
    if token is None:
        yield Finding(
            subject="Discord",
            good=False,
            says="DISCORD_TOKEN is empty",
            mend="Discord Developer Portal → your application → Bot → Reset Token, then write it in .env.",
        )
        return
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
            headers = {"Authorization": f"Bot {token.reveal()}"}
            async with session.get(f"{api}/applications/@me", headers=headers) as answer:
                status, date = answer.status, answer.headers.get("Date")
                body: dict[str, Any] = await answer.json() if status == 200 else {}
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        yield Finding(
            subject="Discord",
            good=False,
            says=f"can't be reached ({type(error).__name__})",
            mend="Check this machine's network and its way to discord.com.",
        )
        return
    if status == 200:
        yield Finding(subject="Discord", good=True, says=f"the token belongs to “{body.get('name', '?')}”")
    else:
        mend = "Reset the token in the Developer Portal and write the new one in .env."
        yield Finding(subject="Discord", good=False, says=f"the token was refused ({status})", mend=mend)
    yield _clock(date)


def _clock(date: str | None) -> Finding:
    try:
        seconds = abs(parsedate_to_datetime(date or "").timestamp() - time.time())
    except ValueError:
        return Finding(subject="Clock", good=True, says="Discord sent no time to compare with")
    if seconds > 30:
        mend = "Switch on time synchronisation, for example: timedatectl set-ntp true."
        return Finding(subject="Clock", good=False, says=f"off by {seconds:.0f} s", mend=mend)
    return Finding(subject="Clock", good=True, says="agrees with Discord's")
