"""The console's act to leave a server reaches Discord, and is audited only once it is done."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import discord
import pytest
from discord.http import Route

from bot.app import App, open_app
from tests.support.console import PASSWORD, Browser, console_settings, open_browser, page, send
from tests.support.wire.discord_objects import FAR_GUILD, GUILD
from tests.support.wire.discord_server import DiscordServer

UNKNOWN = 5


class Client(discord.Client):
    """A client without a gateway that works."""

    def worker_problem(self) -> str | None:
        return None


@pytest.fixture
async def app(tmp_path: Path) -> AsyncGenerator[App]:
    async with open_app(console_settings(tmp_path, CONSOLE_PASSWORD=PASSWORD), durable=False) as app:
        yield app


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[DiscordServer]:
    """The simulated Discord, which every client calls."""
    async with DiscordServer().serve() as server:
        monkeypatch.setattr(Route, "BASE", server.url)
        yield server


@pytest.fixture
async def browser(app: App, server: DiscordServer) -> AsyncGenerator[Browser]:
    async with Client(intents=discord.Intents.none()) as client:
        await client.login(server.token)
        async with open_browser(app, client) as browser:
            yield browser


async def acts(app: App) -> list[tuple[str, str, str]]:
    found = [each.act for each in await app.operator.audit.recent()]
    return [(act.name, str(act.target), act.reason) for act in found]


async def test_the_bot_leaves_a_server_whichever_process_serves_it(
    app: App, server: DiscordServer, browser: Browser
) -> None:
    assert "Leave the server" in await page(browser, f"/acts/leave?server={GUILD}")
    assert server.left == set()
    after = await send(browser, f"/acts/leave?server={GUILD}", reason="unused")
    assert f"The bot has left server {GUILD}." in after
    assert server.left == {GUILD}
    assert await acts(app) == [("leave", f"server {GUILD}", "unused")]


async def test_a_server_that_cannot_be_left_is_named_and_nothing_is_audited(
    app: App, server: DiscordServer, browser: Browser
) -> None:
    refused = await send(browser, f"/acts/leave?server={UNKNOWN}", status=409, reason="")
    assert "The bot isn&#39;t on this server, or Discord can&#39;t be reached." in refused
    server.fail_next("DELETE", "/guilds/", 403, 50001)
    await send(browser, f"/acts/leave?server={FAR_GUILD}", status=409, reason="")
    assert (server.left, await acts(app)) == (set(), [])


async def test_an_unreachable_discord_is_named(
    app: App, server: DiscordServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Route, "BASE", "http://127.0.0.1:9")
    refused = await send(browser, f"/acts/leave?server={GUILD}", status=409, reason="")
    assert "Discord can&#39;t be reached." in refused
    assert (server.left, await acts(app)) == (set(), [])
