"""The real bot in a page that looks like a chat server, with the simulated relay."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
import time
import webbrowser
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import discord
import simcord
from simcord.backend.cdn import CDN_BASE

from bot.app import App, open_app
from bot.config.settings import Settings
from bot.demo.page.live_preview import LivePreview, live_preview
from bot.demo.page.settling import settle_soon
from bot.demo.page.welcome import GREETING, WELCOME
from bot.demo.painter.paint import encode, paint
from bot.demo.relay.chaos import Chaos
from bot.demo.relay.server import DemoRelay
from bot.domain.errors import ReferenceUnusable
from bot.domain.models import ImageRequest, Picture, Reference
from bot.gateway.client import ImageBot, create_bot
from bot.pictures.sniff import sniff
from bot.sources.guard import Guard
from bot.worker.generation import Relay

_FACES = {
    "moon": "a full moon over a calm sea at night",
    "boat": "a boat at sunrise",
    "tree": "a cherry tree in blossom, in spring",
}


@dataclass(slots=True)
class World:
    """The simulated chat server, once it is there."""

    env: Any = None
    faces: Mapping[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    """Everyone's avatar, name and bytes, by its address."""

    def stored(self, url: str) -> bytes | None:
        """Return a file of the chat server's own storage."""
        # discord.py writes the addresses of avatars by itself, and doesn't know of this chat server.
        address = url.partition("?")[0].replace(discord.Asset.BASE, CDN_BASE)
        if address in self.faces:
            return self.faces[address][1]
        return self.env.backend.cdn.get(url) if self.env else None

    async def wait(self, awaitable: Any, reason: str) -> Any:
        """Wait for something outside without holding up what people see."""
        return await self.env.external_wait(awaitable, reason=reason)


class PatientRelay:
    """A relay that is waited for outside the simulation, so that cards show at once."""

    def __init__(self, relay: Relay, world: World) -> None:
        self._relay = relay
        self._world = world

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Draw a picture."""
        return await self._world.wait(self._relay.generate(request, into), "the relay draws")


class LocalGuard:
    """A guard that also knows the simulated chat server's storage, which has no public address."""

    def __init__(self, guard: Guard, world: World) -> None:
        self._guard = guard
        self._world = world

    async def check(self, url: str) -> Reference:
        """Return the picture behind a URL, or raise ``ReferenceUnusable``."""
        stored = self._world.stored(url)
        if stored is None:
            return await self._world.wait(self._guard.check(url), "a stranger's URL is checked")
        header = sniff(stored)
        if header is None:
            raise ReferenceUnusable("not-picture")
        return Reference(url=url, format=header.format, width=header.width, height=header.height)

    async def fetch(self, url: str) -> bytes:
        """Return the bytes behind a URL, for the simulated relay."""
        stored = self._world.stored(url)
        return stored if stored is not None else await self._guard.fetch(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playground:
    """What is running: the page, the simulated chat server, the bot and its app."""

    page: LivePreview
    env: Any
    channel: Any
    viewers: Sequence[Any]
    """Those whose eyes the page can be seen with: a member, and one who manages the server."""
    bot: ImageBot
    app: App

    @property
    def url(self) -> str:
        """The page's address."""
        return self.page.url


@asynccontextmanager
async def open_playground(
    *,
    port: int | None = None,
    delay: float | None = None,
    locale: str = "en-US",
    pace: float = 2.0,
    chaos: Chaos | None = None,
    ready: bool = False,
    environment: Mapping[str, str] | None = None,
) -> AsyncGenerator[Playground]:
    """Open the page; ``delay`` is how many seconds a picture takes, lifelike when None.

    ``chaos`` adds faults to those that words in a prompt ask for, ``ready`` gives everyone the same picture
    instead of painting, ``environment`` are settings of the bot.
    """
    world = World()
    with tempfile.TemporaryDirectory(prefix="jimeng-demo-") as folder:
        async with Guard(sniff=sniff) as guard:
            local = LocalGuard(guard, world)
            relay = DemoRelay(delay=delay, fetch=local.fetch, chaos=chaos, ready=ready)
            async with (
                relay.serve() as url,
                open_app(_settings(url, folder, environment or {}), guard=local) as app,
            ):
                app.relay = PatientRelay(app.relay, world)
                bot = create_bot(app, pace=pace)
                async with _simulated(bot) as env:
                    world.env = env
                    channel, viewers = await _furnish(env, locale, bot.texts.closest(locale))
                    world.faces = await asyncio.to_thread(_faces, env)
                    async with live_preview(
                        env, channel, viewers, port=port, locale=locale, assets=world.faces
                    ) as page:
                        yield Playground(
                            page=page, env=env, channel=channel, viewers=viewers, bot=bot, app=app
                        )


async def play(
    *,
    port: int,
    open_browser: bool,
    delay: float | None,
    announce: Callable[[str], object],
    locale: str = "en-US",
) -> None:
    """Show the page until it is closed or the process is told to stop."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    announce("Setting up the chat server…")
    async with open_playground(port=_free(port), delay=delay, locale=locale) as playground:
        announce(f"The bot is running here:\n\n  {playground.url}\n\nCtrl-C stops it.")
        if open_browser:
            await asyncio.to_thread(webbrowser.open, playground.url)
        await stop.wait()
    announce("Stopped.")


def _free(port: int) -> int | None:
    """Return the port if it is free, else None for any other."""
    if port == 0:
        return None
    try:
        with socket.create_server(("127.0.0.1", port)):
            return port
    except OSError:
        return None


def _simulated(bot: ImageBot) -> simcord.run:
    """Put the bot on a simulated Discord that, unlike SimCord's own, begins today."""
    simulation = simcord.run(bot, check_errors=False)
    env: Any = simulation._env  # pyright: ignore[reportPrivateUsage]  # its clock can't be set any other way
    settle_soon(env)
    env.backend.advance_clock(time.time() - env.now().timestamp())
    env.backend.edit_bot_profile("Jimeng")
    env.backend.bot_user.avatar = "moon"
    _measure_uploads(env.backend.cdn)
    return simulation


def _measure_uploads(cdn: Any) -> None:
    """Let pictures come with their width and height, as Discord's do and SimCord's don't."""
    store = cdn.store_attachment

    def measured(number: int, channel: int, name: str, content: bytes, about: str | None) -> dict[str, Any]:
        stored = store(number, channel, name, content, about)
        header = sniff(content)
        return {**stored, "width": header.width, "height": header.height} if header else stored

    cdn.store_attachment = measured


def _settings(url: str, folder: str, environment: Mapping[str, str]) -> Settings:
    return Settings.from_env({"RELAY_URL": url, "RELAY_TOKEN": "demo", "DATA_DIR": folder, **environment})


async def _furnish(env: Any, locale: str, language: str) -> tuple[Any, list[Any]]:
    # Messages don't tell their writers' language, so the server's counts.
    guild = env.create_guild("Lighthouse Club", preferred_locale=locale)
    channel = guild.create_text_channel("pictures")
    may = discord.Permissions(manage_messages=True, moderate_members=True, manage_guild=True)
    moderators = guild.create_role("Moderators", permissions=may)
    you = guild.add_member(env.create_user("you", global_name="You", avatar="boat"))
    mei = guild.add_member(env.create_user("mei", global_name="Mei", avatar="tree"), roles=[moderators])
    photo = await asyncio.to_thread(_photo)
    shown = await mei.send(channel, GREETING[language], attachments=[("harbour.jpg", photo)])
    await mei.send(channel, WELCOME[language].format(link=shown.jump_url))
    return channel, [you, mei]


def _faces(env: Any) -> dict[str, tuple[str, bytes]]:
    """Paint everyone's avatar; answers the files by their address."""
    return {
        f"{CDN_BASE}/avatars/{user.id}/{user.avatar}.png": (f"{user.avatar}.jpg", _face(user.avatar))
        for user in env.backend.users.values()
        if user.avatar
    }


@cache
def _face(subject: str) -> bytes:
    return encode(paint(_FACES[subject], width=256, height=256, seed=3), "jpeg")


@cache
def _photo() -> bytes:
    return encode(
        paint("a boat on a calm sea at dawn, misty mountains", width=1536, height=1024, seed=7), "jpeg"
    )
