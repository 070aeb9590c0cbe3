"""Checks what the bot needs, and says how to mend what is missing."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.config.setting_values import write_wait
from bot.config.settings import Secret, Settings
from bot.domain.errors import BotError

DISCORD_API = "https://discord.com/api/v10"
UNREACHABLE = (aiohttp.ClientError, TimeoutError)
"""What is raised where the network or the other side is away."""
NEEDED = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Send Messages in Threads": 1 << 38,
}
"""The permissions the bot can't do without on a server, as their bits."""

_ADMINISTRATOR = 1 << 3
_MAY_READ_MESSAGES = (1 << 18) | (1 << 19)
"""The application's flags for the privileged intent: granted, and granted to a bot on few servers."""
_MOST_SERVERS_A_SHARD = 2500
_MORE_SHARDS = "Write SHARD_COUNT=auto in .env; where several processes share the shards, one number for all."
_WORST_CLOCK = 30


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
    """Yield findings about the relay, Discord, the servers and the clock, whatever is broken."""
    yield await _relay(settings, check_relay)
    for finding in await _discord(settings, discord_api):
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
        return Finding(subject="Relay", good=True, says=await check())
    except BotError as error:
        mend = (
            "Check RELAY_URL and RELAY_TOKEN in .env, or RELAY_AUTH_COMMAND and RELAY_AUTH_FILE."
            if error.key == "operator"
            else "Check RELAY_URL, and whether this machine reaches it."
        )
        return Finding(subject="Relay", good=False, says=error.detail or str(error), mend=mend)


async def _discord(settings: Settings, api: str) -> list[Finding]:
    if settings.discord_token is None:
        mend = "Discord Developer Portal → your application → Bot → Reset Token, then write it in .env."
        return [Finding(subject="Discord", good=False, says="DISCORD_TOKEN is empty", mend=mend)]
    try:
        async with _session(settings.discord_token) as session:
            application = await _ask(session, f"{api}/applications/@me")
            if application.status != 200:
                return [_refused(application.status), _clock(application.date)]
            gateway = await _ask(session, f"{api}/gateway/bot")
            servers = await _ask(session, f"{api}/users/@me/guilds")
    except (*UNREACHABLE, ValueError) as error:
        says = f"can't be reached ({type(error).__name__})"
        mend = "Check this machine's network and its way to discord.com."
        return [Finding(subject="Discord", good=False, says=says, mend=mend)]
    findings = [_application(application.body, settings)]
    if gateway.status == 200:
        findings.append(_shards(gateway.body, _servers_of(application.body), settings))
    if servers.status == 200:
        findings.append(_servers(servers.body))
    return [*findings, _clock(application.date)]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    date: str
    body: Any


def _session(token: Secret) -> aiohttp.ClientSession:
    headers = {"Authorization": f"Bot {token.reveal()}"}
    return aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=15))


async def _ask(session: aiohttp.ClientSession, url: str) -> _Answer:
    async with session.get(url) as answer:
        body = await answer.json() if answer.status == 200 else None
        return _Answer(answer.status, answer.headers.get("Date", ""), body)


def _refused(status: int) -> Finding:
    if status == 401:
        mend = "Reset the token in the Developer Portal and write the new one in .env."
        return Finding(subject="Discord", good=False, says="the token was refused (401)", mend=mend)
    mend = "Try again in a few minutes; discordstatus.com tells whether Discord has trouble."
    return Finding(subject="Discord", good=False, says=f"Discord answers with an error ({status})", mend=mend)


def _application(body: dict[str, Any], settings: Settings) -> Finding:
    whose = f"the token belongs to “{body.get('name', '?')}”"
    if body.get("interactions_endpoint_url"):
        says = f"{whose}, but its commands are sent to a web address and never reach the bot"
        mend = "Developer Portal → General Information: empty “Interactions Endpoint URL”."
        return Finding(subject="Discord", good=False, says=says, mend=mend)
    if settings.message_content_intent and not int(body.get("flags") or 0) & _MAY_READ_MESSAGES:
        says = f"{whose}, which may not read messages, as MESSAGE_CONTENT_INTENT=true asks for"
        mend = "Developer Portal → Bot: switch on Message Content Intent; or MESSAGE_CONTENT_INTENT=false."
        return Finding(subject="Discord", good=False, says=says, mend=mend)
    return Finding(subject="Discord", good=True, says=whose)


def _servers_of(application: dict[str, Any]) -> int:
    return application.get("approximate_guild_count") or 0


def _shards(gateway: dict[str, Any], servers: int, settings: Settings) -> Finding:
    """Compare the shards that are to begin with what Discord recommends, and with what it lets begin."""
    recommended: int = gateway["shards"]
    count = settings.shard_count or recommended
    limit: dict[str, int] = gateway["session_start_limit"]
    starts, left = len(settings.shard_ids or range(count)), limit["remaining"]
    again = write_wait(limit["reset_after"] / 1000)
    says = (
        f"{_compared(recommended, settings.shard_count)}; {left} of {limit['total']} session starts are left"
    )
    if left < limit["total"]:
        says += f", refilled in {again}"
    if starts > left:
        says += f", and this process begins {starts} shards: a start would be refused"
        mend = f"Find out why the bot is started so often, and start it again in {again}."
        return Finding(subject="Shards", good=False, says=says, mend=mend)
    if servers >= count * _MOST_SERVERS_A_SHARD:
        says += f", but {servers} servers are too many for {count}"
        return Finding(subject="Shards", good=False, says=says, mend=_MORE_SHARDS)
    return Finding(subject="Shards", good=True, says=says, mend=_MORE_SHARDS if count < recommended else "")


def _compared(recommended: int, count: int | None) -> str:
    if count in (None, recommended):
        return f"{recommended}, as Discord recommends"
    return f"SHARD_COUNT is {count} where Discord recommends {recommended}"


def _servers(servers: list[dict[str, Any]]) -> Finding:
    """Judge the permissions that hold for a whole server; a channel may still differ."""
    if not servers:
        mend = "Invite it with the link that “jimeng-bot run” writes at its start."
        return Finding(subject="Servers", good=True, says="the bot is on no server yet", mend=mend)
    lacking = {server["name"]: missing for server in servers if (missing := _missing(server))}
    if not lacking:
        return Finding(
            subject="Servers", good=True, says=f"every permission is there ({len(servers)} servers)"
        )
    name, missing = next(iter(lacking.items()))
    more = f" (and something on {len(lacking) - 1} more)" if len(lacking) > 1 else ""
    return Finding(
        subject="Servers",
        good=False,
        says=f"on “{name}” the bot lacks {', '.join(missing)}{more}",
        mend="Server Settings → Roles → the bot's role: allow it, or invite the bot again.",
    )


def _missing(server: dict[str, Any]) -> list[str]:
    held = int(server["permissions"])
    if held & _ADMINISTRATOR:
        return []
    return [name for name, bit in NEEDED.items() if not held & bit]


def _clock(date: str) -> Finding:
    try:
        seconds = abs(parsedate_to_datetime(date).timestamp() - time.time())
    except ValueError:
        return Finding(subject="Clock", good=True, says="Discord sent no time to compare with")
    if seconds > _WORST_CLOCK:
        mend = "Switch on time synchronisation, for example: timedatectl set-ntp true."
        return Finding(subject="Clock", good=False, says=f"off by {seconds:.0f} s", mend=mend)
    return Finding(subject="Clock", good=True, says="agrees with Discord's")
