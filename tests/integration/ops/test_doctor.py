"""The doctor against a simulated Discord: findings and remedies."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import BotError, OperatorError, RelayBusy, RelayUnavailable
from bot.gateway.client import PERMISSIONS
from bot.ops.check_result import CheckResult
from bot.ops.doctor import REQUIRED_PERMISSIONS
from bot.providers.service_checks import ServiceCheck
from tests.support.doctor import ALL, Discord, relay, results


def failing(error: BotError) -> Any:
    async def check() -> list[ServiceCheck]:
        return [ServiceCheck(name="Relay", message=error.detail or str(error), error=error)]

    return check


async def test_a_healthy_setup_has_no_remedies() -> None:
    found = await results(Discord({}, ("Town", ALL), ("Village", ALL)))
    assert list(found) == ["Relay", "Discord", "Shards", "Servers", "Commands", "Clock"]
    assert [(result.ok, result.remedy) for result in found.values()] == [(True, "")] * 6
    assert "Painter" in found["Discord"].message


# The token


async def test_a_refused_token_must_be_reset() -> None:
    found = await results(Discord(), DISCORD_TOKEN="of-someone-else")
    assert not found["Discord"].ok
    assert "refused" in found["Discord"].message
    assert "Reset" in found["Discord"].remedy
    assert found["Clock"].ok


async def test_a_missing_token_is_reported_without_calling_discord() -> None:
    found = await results("http://127.0.0.1:1", DISCORD_TOKEN="")
    assert found["Discord"].message == "DISCORD_TOKEN is empty"
    assert "Reset Token" in found["Discord"].remedy


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_server_errors_are_not_blamed_on_the_token(status: int) -> None:
    discord = Discord()
    discord.status = status
    found = await results(discord)
    assert not found["Discord"].ok
    assert f"({status})" in found["Discord"].message
    assert "token" not in f"{found['Discord']}"


async def test_an_unreachable_discord_is_blamed_on_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    found = await results(f"http://127.0.0.1:{port}")
    assert "can't be reached" in found["Discord"].message
    assert "network" in found["Discord"].remedy
    assert found["Relay"].ok


async def test_a_captive_portal_is_reported_as_unreachable() -> None:
    app = web.Application()

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html>Please log in to this network</html>", content_type="text/html")

    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found = await results(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()
    assert "can't be reached" in found["Discord"].message


# What is set up at Discord


async def test_an_interactions_endpoint_is_reported() -> None:
    found = await results(Discord({"interactions_endpoint_url": "https://example.com/hook"}, ("Town", ALL)))
    assert not found["Discord"].ok
    assert "Interactions Endpoint URL" in found["Discord"].remedy


async def test_a_bot_on_no_server_points_to_the_invitation() -> None:
    found = await results(Discord())
    assert found["Servers"].ok
    assert "Invite" in found["Servers"].remedy


async def test_a_missing_permission_is_named_with_its_server() -> None:
    less = str(
        PERMISSIONS.value
        & ~REQUIRED_PERMISSIONS["Attach Files"]
        & ~REQUIRED_PERMISSIONS["Send Messages in Threads"]
    )
    found = await results(Discord({}, ("Town", ALL), ("[/red] Village", less), ("Hamlet", "0")))
    assert not found["Servers"].ok
    assert "“[/red] Village”" in found["Servers"].message
    assert "Attach Files, Send Messages in Threads (and something on 1 more)" in found["Servers"].message


async def test_an_administrator_lacks_nothing() -> None:
    assert (await results(Discord({}, ("Town", str(1 << 3)))))["Servers"].ok


def test_the_permissions_equal_those_of_the_invitation() -> None:
    assert sum(REQUIRED_PERMISSIONS.values()) == PERMISSIONS.value


# The clock


@pytest.mark.parametrize("seconds", [-3600, -40, 40, 3600])
async def test_a_skewed_clock_is_reported(seconds: int) -> None:
    discord = Discord()
    discord.ahead = seconds
    found = await results(discord)
    assert not found["Clock"].ok
    assert "time synchronisation" in found["Clock"].remedy


@pytest.mark.parametrize("seconds", [-20, 20])
async def test_a_small_clock_skew_is_accepted(seconds: int) -> None:
    discord = Discord()
    discord.ahead = seconds
    assert (await results(discord))["Clock"].ok


# The relay


async def test_a_healthy_relay_is_reported() -> None:
    assert (await results(Discord()))["Relay"] == CheckResult(name="Relay", ok=True, message="it responds")


async def test_operator_errors_of_the_relay_name_the_settings() -> None:
    found = await results(Discord(), failing(OperatorError("the helper rebyte-auth is not installed")))
    assert found["Relay"].message == "the helper rebyte-auth is not installed"
    assert "RELAY_TOKEN" in found["Relay"].remedy
    assert found["Discord"].ok


@pytest.mark.parametrize("error", [RelayUnavailable("HTTP 502"), RelayUnavailable(), RelayBusy("HTTP 429")])
async def test_an_unreachable_relay_is_blamed_on_address_or_network(error: BotError) -> None:
    found = await results(Discord(), failing(error))
    assert not found["Relay"].ok
    assert found["Relay"].message
    assert "RELAY_URL" in found["Relay"].remedy


async def test_every_service_has_a_line_and_a_broken_one_hides_no_other() -> None:
    async def check() -> list[ServiceCheck]:
        broken = OperatorError("the key was refused")
        return [
            *await relay(),
            ServiceCheck(
                name="ark at ark.example", message="the key was refused", error=broken, key_env="ARK_KEY"
            ),
            ServiceCheck(name="openrouter at openrouter.ai", message="it responds"),
        ]

    found = await results(Discord(), check)
    assert list(found)[:3] == ["Relay", "ark at ark.example", "openrouter at openrouter.ai"]
    assert [result.ok for result in found.values()][:3] == [True, False, True]
    remedy = found["ark at ark.example"].remedy
    assert "ARK_KEY" in remedy and "base_url" in remedy and "RELAY" not in remedy


async def test_the_simulated_relay_explains_how_to_use_a_real_one() -> None:
    found = await results(Discord(), failing(RelayUnavailable()), RELAY_URL="demo")
    assert found["Relay"].ok
    assert "RELAY_URL" in found["Relay"].remedy


@pytest.mark.parametrize(("flags", "ok"), [(0, False), (1 << 18, True), (1 << 19, True), (None, False)])
async def test_a_configured_intent_must_be_granted(flags: int | None, ok: bool) -> None:
    found = await results(Discord({"flags": flags}, ("Town", ALL)), MESSAGE_CONTENT_INTENT="true")
    assert found["Discord"].ok is ok
    assert ok or "Message Content Intent" in found["Discord"].remedy


async def test_an_intent_that_is_not_configured_is_ignored() -> None:
    assert (await results(Discord({"flags": 0}, ("Town", ALL))))["Discord"].ok


async def test_commands_of_single_servers_are_found() -> None:
    discord = Discord({}, ("Town", ALL), ("Village", ALL))
    assert (await results(discord))["Commands"].message.startswith("1 are registered")
    discord.commands["/applications/9/guilds/1/commands"] = [{"name": "imagine"}]
    found = (await results(discord))["Commands"]
    assert not found.ok
    assert "(1 of 2 servers)" in found.message


async def test_the_permissions_of_each_server_are_in_the_details() -> None:
    found = (await results(Discord({}, ("Town", ALL), ("Village", "1024"))))["Servers"]
    assert found.details[0] == "Town: ok"
    assert found.details[1].startswith("Village: Send Messages, ")
