"""The local playground: the real bot on a simulated chat server, with the simulated relay."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
import time
import webbrowser
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import simcord
from simcord.backend.cdn import CDN_BASE

from bot.app import App, open_app
from bot.config.settings import Settings
from bot.demo.page.demo_models import models_settings
from bot.demo.page.live_preview import LivePreview, live_preview
from bot.demo.page.open_calls import OpenCalls
from bot.demo.page.restart import load_secret
from bot.demo.page.sample_pictures import paint_avatars, paint_photo
from bot.demo.page.settling import settle_quickly
from bot.demo.page.welcome import CHANNEL, GREETING, WELCOME, YOU
from bot.demo.relay.chaos import Chaos
from bot.demo.relay.server import DemoRelay
from bot.domain.errors import ReferenceUnusable
from bot.domain.models import FoundPicture, ImageRequest, Picture
from bot.domain.ports import Relay
from bot.gateway.client import ImageBot, create_bot
from bot.pictures.sniff import HeaderReader, sniff
from bot.sources.guard import Guard
from bot.sources.header_readers import found_picture
from bot.sources.other_formats import found_other
from bot.ui.panels.welcome import WelcomePage


@dataclass(slots=True)
class ChatServer:
    """The simulated chat server, for components that are created before it."""

    env: Any = None
    avatars: Mapping[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    """Avatar files (name, bytes) by URL."""

    def stored_file(self, url: str) -> bytes | None:
        """Return a file of the server's own storage, or None for any other URL."""
        # discord.py builds avatar URLs with Discord's host.
        address = url.partition("?")[0].replace(discord.Asset.BASE, CDN_BASE)
        if address in self.avatars:
            return self.avatars[address][1]
        return self.env.backend.cdn.get(url) if self.env else None

    async def wait(self, awaitable: Any, reason: str) -> Any:
        """Await real I/O without blocking the simulation."""
        return await self.env.external_wait(awaitable, reason=reason)


class ExternalWaitRelay:
    """A relay whose calls are awaited outside the simulation, so that cards show meanwhile."""

    def __init__(self, relay: Relay, server: ChatServer, calls: OpenCalls) -> None:
        self._relay = relay
        self._server = server
        self._calls = calls

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate a picture."""
        with self._calls.count():
            return await self._server.wait(self._relay.generate(request, into), "relay call")


class LocalGuard:
    """A guard that also accepts the simulated server's storage, which has no public address."""

    def __init__(self, guard: Guard, server: ChatServer) -> None:
        self._guard = guard
        self._server = server

    async def inspect(self, url: str) -> FoundPicture:
        """Return the picture behind a URL, or raise ``ReferenceUnusable``."""
        stored = self._server.stored_file(url)
        if stored is None:
            return await self._server.wait(self._guard.inspect(url), "reference check")
        header = sniff(stored)
        found = found_picture(url, header, len(stored)) if header else found_other(url, stored, len(stored))
        if found is None:
            raise ReferenceUnusable("not-picture")
        return found

    async def fetch(self, url: str, *, most: int | None = None) -> bytes:
        """Return the bytes behind a URL, for the simulated relay."""
        stored = self._server.stored_file(url)
        return stored if stored is not None else await self._guard.fetch(url, most=most)

    async def download(
        self, url: str, receive: Callable[[AsyncIterable[bytes]], Awaitable[None]], *, trusted: str
    ) -> None:
        """Pass what a URL that a service named leads to to ``receive``."""
        await self._guard.download(url, receive, trusted=trusted)

    async def put(self, url: str, content: bytes, *, content_type: str, trusted: str) -> int:
        """Upload to the simulated relay's storage."""
        return await self._guard.put(url, content, content_type=content_type, trusted=trusted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playground:
    """The running page, simulated server, bot and app."""

    page: LivePreview
    env: Any
    channel: Any
    viewers: Sequence[Any]
    """Who the page can be viewed as: a member, and a manager of the server."""
    bot: ImageBot
    app: App
    relay_calls: OpenCalls

    @property
    def url(self) -> str:
        """The page's URL."""
        return self.page.url


@asynccontextmanager
async def open_playground(
    *,
    port: int | None = None,
    delay: float | None = None,
    locale: str = "en-US",
    edit_interval: float = 2.0,
    chaos: Chaos | None = None,
    ready: bool = False,
    environment: Mapping[str, str] | None = None,
    secret: str | None = None,
    more_models: bool = False,
) -> AsyncGenerator[Playground]:
    """Open the page; ``delay`` is the seconds per picture, realistic when None.

    ``chaos`` adds random faults to those requested by keyword, ``ready`` returns the same picture for every
    prompt instead of painting, ``environment`` are settings of the bot, ``secret`` is the page's own.
    ``more_models`` adds two of other services to the relay's.
    """
    server, calls = ChatServer(), OpenCalls()
    with tempfile.TemporaryDirectory(prefix="jimeng-demo-") as folder:
        async with Guard(sniff=HeaderReader) as guard:
            local = LocalGuard(guard, server)
            demo_relay = DemoRelay(delay=delay, fetch=local.fetch, chaos=chaos, ready=ready)
            async with (
                demo_relay.serve() as url,
                open_app(
                    _settings(url, folder, environment or {}, more_models=more_models),
                    guard=local,
                    wrap_relay=lambda relay: ExternalWaitRelay(relay, server, calls),
                    durable=False,
                ) as app,
            ):
                bot = create_bot(app, edit_interval=edit_interval)
                async with _simulate_discord(bot) as env:
                    server.env = env
                    channel, viewers = await _populate(env, locale, bot.presentation.texts.closest(locale))
                    server.avatars = await asyncio.to_thread(paint_avatars, env)
                    async with live_preview(
                        env,
                        channel,
                        viewers,
                        port=port,
                        locale=locale,
                        assets=server.avatars,
                        secret=secret,
                    ) as page:
                        yield Playground(
                            page=page,
                            env=env,
                            channel=channel,
                            viewers=viewers,
                            bot=bot,
                            app=app,
                            relay_calls=calls,
                        )


async def run_playground(
    *,
    port: int,
    open_browser: bool,
    delay: float | None,
    announce: Callable[[str], object],
    locale: str = "en-US",
) -> None:
    """Run the page until the process is interrupted."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    announce("Setting up the chat server…")
    opening = open_playground(
        port=_free_port(port),
        delay=delay,
        locale=locale,
        secret=await asyncio.to_thread(load_secret),
        more_models=True,
    )
    async with opening as playground:
        await _save_starter_styles(playground, locale)
        announce(f"The bot is running here:\n\n  {playground.url}\n\nCtrl-C stops it.")
        if open_browser:
            await asyncio.to_thread(webbrowser.open, playground.url)
        await stop.wait()
    announce("Stopped.")


async def _save_starter_styles(playground: Playground, locale: str) -> None:
    """Save the styles that a server gets when the bot joins: here it was always a member."""
    styles = WelcomePage(playground.bot.presentation.texts).starter_styles(locale)
    await playground.app.services.guilds.welcome(playground.channel.guild.id, styles)


def _free_port(port: int) -> int | None:
    """Return the port if it is free, else None."""
    if port == 0:
        return None
    try:
        with socket.create_server(("127.0.0.1", port)):
            return port
    except OSError:
        return None


def _simulate_discord(bot: ImageBot) -> simcord.run:
    """Connect the bot to a simulated Discord whose clock starts now, unlike SimCord's default."""
    # A busy machine may exceed the default of 5 s; past 15 s SimCord waits for idle connections, too.
    simulation = simcord.run(bot, check_errors=False, settle_timeout=15)
    env: Any = simulation._env  # pyright: ignore[reportPrivateUsage]  # no public way to set its clock
    settle_quickly(env)
    env.backend.advance_clock(time.time() - env.now().timestamp())
    env.backend.edit_bot_profile("Jimeng")
    env.backend.bot_user.avatar = "moon"
    _add_picture_dimensions(env.backend.cdn)
    return simulation


def _add_picture_dimensions(cdn: Any) -> None:
    """Add width and height to picture attachments, as Discord does and SimCord doesn't."""
    store = cdn.store_attachment

    def measured(number: int, channel: int, name: str, content: bytes, about: str | None) -> dict[str, Any]:
        stored = store(number, channel, name, content, about)
        header = sniff(content)
        return {**stored, "width": header.width, "height": header.height} if header else stored

    cdn.store_attachment = measured


def _settings(url: str, folder: str, environment: Mapping[str, str], *, more_models: bool) -> Settings:
    models = models_settings(url, Path(folder)) if more_models else {}
    relay = {"RELAY_URL": url, "RELAY_TOKEN": "demo", "DATA_DIR": folder}
    return Settings.from_env({**relay, **models, **environment})


async def _populate(env: Any, locale: str, language: str) -> tuple[Any, list[Any]]:
    # Messages carry no locale, so the server's counts.
    guild = env.create_guild("Lighthouse Club", preferred_locale=locale)
    channel = guild.create_text_channel(CHANNEL[language])
    may = discord.Permissions(manage_messages=True, moderate_members=True, manage_guild=True)
    moderators = guild.create_role("Moderators", permissions=may)
    you = guild.add_member(env.create_user("you", global_name=YOU[language], avatar="boat"))
    mei = guild.add_member(env.create_user("mei", global_name="Mei", avatar="tree"), roles=[moderators])
    photo = await asyncio.to_thread(paint_photo)
    shown = await mei.send(channel, GREETING[language], attachments=[("harbour.jpg", photo)])
    await mei.send(channel, WELCOME[language].format(link=shown.jump_url))
    return channel, [you, mei]
