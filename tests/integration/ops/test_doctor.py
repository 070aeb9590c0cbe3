"""The doctor against a Discord of its own: what it finds, and that it says how to mend it."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email.utils import formatdate
from time import time
from typing import Any

import pytest
from aiohttp import web

from bot.config.settings import Settings
from bot.domain.errors import BotError, OperatorError, RelayBusy, RelayUnavailable
from bot.gateway.client import PERMISSIONS
from bot.ops.doctor import NEEDED, Finding, examine

TOKEN = "MTIz.GhIjKl.aZ-09_xyz"
ALL = str(PERMISSIONS.value)
GOOD = {"id": "9", "name": "Painter", "interactions_endpoint_url": None, "approximate_guild_count": 2}


class Discord:
    """The answers that the doctor asks for, and a clock that may be wrong."""

    def __init__(self, application: dict[str, Any] | None = None, *servers: tuple[str, str]) -> None:
        self.application = GOOD | (application or {})
        self.servers = [
            {"id": "1", "name": name, "permissions": permissions} for name, permissions in servers
        ]
        self.recommended = 1
        self.starts = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        self.ahead = 0.0
        self.status = 200

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[str]:
        """Listen; yields the address of the interface."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        allowed = request.headers.get("Authorization") == f"Bot {TOKEN}"
        bodies: dict[str, object] = {
            "/applications/@me": self.application,
            "/gateway/bot": {"shards": self.recommended, "session_start_limit": self.starts},
            "/users/@me/guilds": self.servers,
        }
        answer = web.json_response(bodies[request.path], status=self.status if allowed else 401)
        answer.headers["Date"] = formatdate(time() + self.ahead, usegmt=True)
        return answer


async def relay() -> str:
    return "it answers"


def failing(error: BotError) -> Any:
    async def check() -> str:
        raise error

    return check


async def findings(discord: Discord | str, check: Any = relay, **environment: str) -> dict[str, Finding]:
    settings = Settings.from_env({"DISCORD_TOKEN": TOKEN, **environment})
    if isinstance(discord, str):
        found = [finding async for finding in examine(settings, check, discord_api=discord)]
    else:
        async with discord.serve() as api:
            found = [finding async for finding in examine(settings, check, discord_api=api)]
    assert all(finding.good or finding.mend for finding in found)
    assert not [finding for finding in found if TOKEN in f"{finding}"]
    assert not [finding for finding in found if "\n" in finding.says + finding.mend]
    by_subject = {finding.subject: finding for finding in found}
    assert len(by_subject) == len(found)
    return by_subject


async def test_where_all_is_well_every_line_is_good_and_nothing_is_to_mend() -> None:
    found = await findings(Discord({}, ("Town", ALL), ("Village", ALL)))
    assert list(found) == ["Relay", "Discord", "Shards", "Servers", "Clock"]
    assert [(finding.good, finding.mend) for finding in found.values()] == [(True, "")] * 5
    assert "Painter" in found["Discord"].says


# The token


async def test_a_refused_token_is_to_be_reset() -> None:
    found = await findings(Discord(), DISCORD_TOKEN="of-someone-else")
    assert not found["Discord"].good
    assert "refused" in found["Discord"].says
    assert "Reset" in found["Discord"].mend
    assert found["Clock"].good


async def test_a_missing_token_is_told_without_asking_discord() -> None:
    found = await findings("http://127.0.0.1:1", DISCORD_TOKEN="")
    assert found["Discord"].says == "DISCORD_TOKEN is empty"
    assert "Reset Token" in found["Discord"].mend


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_trouble_at_discord_is_no_fault_of_the_token(status: int) -> None:
    discord = Discord()
    discord.status = status
    found = await findings(discord)
    assert not found["Discord"].good
    assert f"({status})" in found["Discord"].says
    assert "token" not in f"{found['Discord']}"


async def test_an_unreachable_discord_is_a_matter_of_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    found = await findings(f"http://127.0.0.1:{port}")
    assert "can't be reached" in found["Discord"].says
    assert "network" in found["Discord"].mend
    assert found["Relay"].good


async def test_a_page_in_between_is_no_discord() -> None:
    app = web.Application()

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html>Please log in to this network</html>", content_type="text/html")

    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found = await findings(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()
    assert "can't be reached" in found["Discord"].says


# What is set up at Discord


async def test_commands_that_go_to_a_web_address_are_found() -> None:
    found = await findings(Discord({"interactions_endpoint_url": "https://example.com/hook"}, ("Town", ALL)))
    assert not found["Discord"].good
    assert "Interactions Endpoint URL" in found["Discord"].mend


async def test_a_bot_on_no_server_is_told_how_to_be_invited() -> None:
    found = await findings(Discord())
    assert found["Servers"].good
    assert "Invite" in found["Servers"].mend


async def test_a_missing_permission_is_named_with_its_server() -> None:
    less = str(PERMISSIONS.value & ~NEEDED["Attach Files"] & ~NEEDED["Send Messages in Threads"])
    found = await findings(Discord({}, ("Town", ALL), ("[/red] Village", less), ("Hamlet", "0")))
    assert not found["Servers"].good
    assert "“[/red] Village”" in found["Servers"].says
    assert "Attach Files, Send Messages in Threads (and something on 1 more)" in found["Servers"].says


async def test_an_administrator_lacks_nothing() -> None:
    assert (await findings(Discord({}, ("Town", str(1 << 3)))))["Servers"].good


def test_the_permissions_are_those_that_the_invitation_asks_for() -> None:
    assert sum(NEEDED.values()) == PERMISSIONS.value


# The clock


@pytest.mark.parametrize("seconds", [-3600, -40, 40, 3600])
async def test_a_clock_that_is_off_is_found(seconds: int) -> None:
    discord = Discord()
    discord.ahead = seconds
    found = await findings(discord)
    assert not found["Clock"].good
    assert "time synchronisation" in found["Clock"].mend


@pytest.mark.parametrize("seconds", [-20, 20])
async def test_a_clock_may_be_off_a_little(seconds: int) -> None:
    discord = Discord()
    discord.ahead = seconds
    assert (await findings(discord))["Clock"].good


# The relay


async def test_a_good_relay_says_so() -> None:
    assert (await findings(Discord()))["Relay"] == Finding(subject="Relay", good=True, says="it answers")


async def test_what_the_operator_can_mend_at_the_relay_is_told_plainly() -> None:
    found = await findings(Discord(), failing(OperatorError("the helper rebyte-auth is not installed")))
    assert found["Relay"].says == "the helper rebyte-auth is not installed"
    assert "RELAY_TOKEN" in found["Relay"].mend
    assert found["Discord"].good


@pytest.mark.parametrize("error", [RelayUnavailable("HTTP 502"), RelayUnavailable(), RelayBusy("HTTP 429")])
async def test_a_relay_that_is_away_is_a_matter_of_its_address_or_the_network(error: BotError) -> None:
    found = await findings(Discord(), failing(error))
    assert not found["Relay"].good
    assert found["Relay"].says
    assert "RELAY_URL" in found["Relay"].mend


async def test_the_simulated_relay_is_good_and_says_how_to_get_a_real_one() -> None:
    found = await findings(Discord(), failing(RelayUnavailable()), RELAY_URL="demo")
    assert found["Relay"].good
    assert "RELAY_URL" in found["Relay"].mend


@pytest.mark.parametrize(("flags", "good"), [(0, False), (1 << 18, True), (1 << 19, True), (None, False)])
async def test_an_intent_that_is_asked_for_must_be_granted(flags: int | None, good: bool) -> None:
    found = await findings(Discord({"flags": flags}, ("Town", ALL)), MESSAGE_CONTENT_INTENT="true")
    assert found["Discord"].good is good
    assert good or "Message Content Intent" in found["Discord"].mend


async def test_an_intent_that_is_not_asked_for_is_no_matter() -> None:
    assert (await findings(Discord({"flags": 0}, ("Town", ALL))))["Discord"].good
