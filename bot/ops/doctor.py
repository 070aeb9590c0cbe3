"""Checks of everything the bot depends on, with a remedy for each problem."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import aiohttp

from bot.config.setting_values import format_duration
from bot.config.settings import Secret, Settings
from bot.domain.errors import BotError
from bot.domain.image_models.services import RELAY
from bot.ops.check_result import CheckResult
from bot.ops.command_checks import check_commands
from bot.ops.control_checks import check_allowed_servers
from bot.providers.service_checks import ServiceCheck

DISCORD_API = "https://discord.com/api/v10"
UNREACHABLE = (aiohttp.ClientError, TimeoutError)
"""Errors of an unreachable peer."""
REQUIRED_PERMISSIONS = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Send Messages in Threads": 1 << 38,
}
"""Permission bits that the bot needs on a server."""

_ADMINISTRATOR = 1 << 3
_MESSAGE_CONTENT_FLAGS = (1 << 18) | (1 << 19)
"""Application flags of the intent: approved, and enabled for a bot on few servers."""
_MAX_GUILDS_PER_SHARD = 2500
_RAISE_SHARDS = (
    "Write SHARD_COUNT=auto in .env; where several processes share the shards, one number for all."
)
_MAX_CLOCK_SKEW = 30
_SIMULATED = CheckResult(
    name="Relay",
    ok=True,
    message="the simulated relay answers; pictures carry a “demo” mark",
    remedy="Write RELAY_URL and RELAY_TOKEN in .env for real pictures.",
)

CheckServices = Callable[[], Awaitable[Sequence[ServiceCheck]]]
"""Says what was found of each service."""


async def run_checks(
    settings: Settings,
    check_services: CheckServices,
    *,
    discord_api: str = DISCORD_API,
) -> AsyncGenerator[CheckResult]:
    """Yield results for each service, Discord, the servers and the clock; never raises."""
    for result in await _check_services(settings, check_services):
        yield result
    for result in await _check_discord(settings, discord_api):
        yield result


async def _check_services(settings: Settings, check: CheckServices) -> list[CheckResult]:
    simulated = [_SIMULATED] if settings.demo_relay else []
    if simulated and settings.catalogue.services.names == (RELAY,):
        return simulated
    try:
        found = await check()
    except BotError as error:
        message = error.detail or str(error)
        return [CheckResult(name="Relay", ok=False, message=message, remedy=service_remedy(error))]
    return [*simulated, *(_result(each) for each in found if not (simulated and each.name == "Relay"))]


def _result(found: ServiceCheck) -> CheckResult:
    remedy = service_remedy(found.error, found.key_env) if found.error else ""
    return CheckResult(name=found.name, ok=found.error is None, message=found.message, remedy=remedy)


def service_remedy(error: BotError, key_env: str | None = None) -> str:
    """Return what to do about a failed check of the relay, or of a service with a variable for its key."""
    address = "RELAY_URL" if key_env is None else "base_url in MODELS_FILE"
    if error.key != "operator":
        return f"Check {address}, and whether this machine reaches it."
    if key_env is None:
        return (
            "Check RELAY_URL and RELAY_TOKEN in .env, or RELAY_AUTH_COMMAND and RELAY_AUTH_FILE; "
            "without a relay, take its models out of MODELS_FILE."
        )
    return f"Check {key_env} in .env, the account at the service, and base_url and upstream in MODELS_FILE."


def operator_message(error: BotError) -> str:
    """Return the first line of an error's detail."""
    return (error.detail or str(error)).splitlines()[0]


async def _check_discord(settings: Settings, api: str) -> list[CheckResult]:
    if settings.discord_token is None:
        remedy = "Discord Developer Portal → your application → Bot → Reset Token, then write it in .env."
        return [CheckResult(name="Discord", ok=False, message="DISCORD_TOKEN is empty", remedy=remedy)]
    try:
        async with _session(settings.discord_token) as session:
            application = await _get(session, f"{api}/applications/@me")
            if application.status != 200:
                return [_token_refused(application.status), _check_clock(application.date)]
            gateway = await _get(session, f"{api}/gateway/bot")
            servers = await _get(session, f"{api}/users/@me/guilds")
            commands = await check_commands(
                partial(_get_body, session, api), str(application.body["id"]), servers.body or []
            )
    except (*UNREACHABLE, ValueError) as error:
        message = f"can't be reached ({type(error).__name__})"
        remedy = "Check this machine's network and its way to discord.com."
        return [CheckResult(name="Discord", ok=False, message=message, remedy=remedy)]
    results = [_check_application(application.body, settings)]
    if gateway.status == 200:
        results.append(_check_shards(gateway.body, _guild_count(application.body), settings))
    if servers.status == 200:
        results.append(_check_permissions(servers.body))
        results += check_allowed_servers(servers.body, settings.allowed_servers)
    return [*results, commands, _check_clock(application.date)]


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    date: str
    body: Any


def _session(token: Secret) -> aiohttp.ClientSession:
    headers = {"Authorization": f"Bot {token.reveal()}"}
    return aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=15))


async def _get(session: aiohttp.ClientSession, url: str) -> _Response:
    async with session.get(url) as answer:
        body = await answer.json() if answer.status == 200 else None
        return _Response(answer.status, answer.headers.get("Date", ""), body)


async def _get_body(session: aiohttp.ClientSession, api: str, path: str) -> Any:
    return (await _get(session, f"{api}{path}")).body


def _token_refused(status: int) -> CheckResult:
    if status == 401:
        remedy = "Reset the token in the Developer Portal and write the new one in .env."
        return CheckResult(name="Discord", ok=False, message="the token was refused (401)", remedy=remedy)
    remedy = "Try again in a few minutes; discordstatus.com tells whether Discord has trouble."
    return CheckResult(
        name="Discord", ok=False, message=f"Discord answers with an error ({status})", remedy=remedy
    )


def _check_application(body: dict[str, Any], settings: Settings) -> CheckResult:
    whose = f"the token belongs to “{body.get('name', '?')}”"
    if body.get("interactions_endpoint_url"):
        message = f"{whose}, but its commands are sent to a web address and never reach the bot"
        remedy = "Developer Portal → General Information: empty “Interactions Endpoint URL”."
        return CheckResult(name="Discord", ok=False, message=message, remedy=remedy)
    if settings.message_content_intent and not int(body.get("flags") or 0) & _MESSAGE_CONTENT_FLAGS:
        message = f"{whose}, which may not read messages, as MESSAGE_CONTENT_INTENT=true asks for"
        remedy = "Developer Portal → Bot: switch on Message Content Intent; or MESSAGE_CONTENT_INTENT=false."
        return CheckResult(name="Discord", ok=False, message=message, remedy=remedy)
    return CheckResult(name="Discord", ok=True, message=whose)


def _guild_count(application: dict[str, Any]) -> int:
    return application.get("approximate_guild_count") or 0


def _check_shards(gateway: dict[str, Any], servers: int, settings: Settings) -> CheckResult:
    """Compare the configured shards with Discord's recommendation and session start limit."""
    recommended: int = gateway["shards"]
    count = settings.shard_count or recommended
    limit: dict[str, int] = gateway["session_start_limit"]
    starts, left = len(settings.shard_ids or range(count)), limit["remaining"]
    again = format_duration(limit["reset_after"] / 1000)
    compared = _compare_shards(recommended, settings.shard_count)
    message = f"{compared}; {left} of {limit['total']} session starts are left"
    if left < limit["total"]:
        message += f", refilled in {again}"
    if starts > left:
        message += f", and this process begins {starts} shards: a start would be refused"
        remedy = f"Find out why the bot is started so often, and start it again in {again}."
        return CheckResult(name="Shards", ok=False, message=message, remedy=remedy)
    if servers >= count * _MAX_GUILDS_PER_SHARD:
        message += f", but {servers} servers are too many for {count}"
        return CheckResult(name="Shards", ok=False, message=message, remedy=_RAISE_SHARDS)
    return CheckResult(
        name="Shards", ok=True, message=message, remedy=_RAISE_SHARDS if count < recommended else ""
    )


def _compare_shards(recommended: int, count: int | None) -> str:
    if count in (None, recommended):
        return f"{recommended}, as Discord recommends"
    return f"SHARD_COUNT is {count} where Discord recommends {recommended}"


def _check_permissions(servers: list[dict[str, Any]]) -> CheckResult:
    """Check server-wide permissions; channels can still override them."""
    if not servers:
        remedy = "Invite it with the link that “jimeng-bot run” writes at its start."
        return CheckResult(name="Servers", ok=True, message="the bot is on no server yet", remedy=remedy)
    missing_by_server = {
        server["name"]: missing for server in servers if (missing := _missing_permissions(server))
    }
    details = tuple(
        f"{server['name']}: {', '.join(missing_by_server.get(server['name'], ())) or 'ok'}"
        for server in servers
    )
    if not missing_by_server:
        message = f"every permission is there ({len(servers)} servers)"
        return CheckResult(name="Servers", ok=True, message=message, details=details)
    name, missing = next(iter(missing_by_server.items()))
    more = f" (and something on {len(missing_by_server) - 1} more)" if len(missing_by_server) > 1 else ""
    return CheckResult(
        name="Servers",
        ok=False,
        message=f"on “{name}” the bot lacks {', '.join(missing)}{more}",
        remedy="Server Settings → Roles → the bot's role: allow it, or invite the bot again.",
        details=details,
    )


def _missing_permissions(server: dict[str, Any]) -> list[str]:
    held = int(server["permissions"])
    if held & _ADMINISTRATOR:
        return []
    return [name for name, bit in REQUIRED_PERMISSIONS.items() if not held & bit]


def _check_clock(date: str) -> CheckResult:
    try:
        seconds = abs(parsedate_to_datetime(date).timestamp() - time.time())
    except ValueError:
        return CheckResult(name="Clock", ok=True, message="Discord sent no time to compare with")
    if seconds > _MAX_CLOCK_SKEW:
        remedy = "Switch on time synchronisation, for example: timedatectl set-ntp true."
        return CheckResult(name="Clock", ok=False, message=f"off by {seconds:.0f} s", remedy=remedy)
    return CheckResult(name="Clock", ok=True, message="agrees with Discord's")
