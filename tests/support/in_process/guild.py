"""A small server with people, the real bot in it, and the simulated relay behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import simcord
from aiohttp import web

from bot.app import App, open_app
from bot.config.settings import Settings
from bot.demo.page.settling import settle_soon
from bot.demo.relay.server import DemoRelay
from bot.domain.models import ImageRequest, Picture
from bot.gateway.client import ImageBot, create_bot
from bot.worker.generation import Relay
from tests.support.databases import new_sqlite

BLIND = discord.Intents.none()
"""No privileged intent: the bot sees its own messages, those that mention it, and what it is shown."""


class World:
    """What exists only once the bot is there, and a gate that holds the relay."""

    def __init__(self) -> None:
        self.env: Any = None
        self.gate = asyncio.Event()
        self.asked: list[dict[str, Any]] = []
        self.refusal: web.Response | None = None

    async def fetch(self, url: str) -> bytes:
        """Read a reference from the simulated Discord's storage."""
        return self.env.backend.cdn.get(url)

    @web.middleware
    async def record(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Note what the relay is asked, and refuse it where told."""
        if request.content_type == "application/json":
            self.asked.append(json.loads(await request.text()))
        if self.refusal is not None:
            return web.Response(status=self.refusal.status, headers=self.refusal.headers)
        return await handler(request)


class GatedRelay:
    """A relay whose calls wait outside the simulation until the gate opens."""

    def __init__(self, world: World, relay: Relay) -> None:
        self._world = world
        self._relay = relay

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Draw once the gate is open."""

        async def draw() -> Picture:
            await self._world.gate.wait()
            return await self._relay.generate(request, into)

        return await self._world.env.external_wait(draw(), reason="the relay draws")


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A server with a channel and people in it."""

    app: App
    bot: ImageBot
    env: Any
    world: World
    guild: Any
    channel: Any
    alice: Any
    bob: Any
    moderator: Any
    moderators: Any
    """The moderators' role."""

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What the relay was sent."""
        return self.world.asked

    @property
    def message(self) -> discord.Message:
        """The newest message."""
        return self.channel.last_message

    @property
    def card(self) -> str:
        """All the text of the newest message."""
        return text_of(self.message)

    def files(self, message: discord.Message) -> list[bytes]:
        """The files attached to a message."""
        return [self.env.backend.cdn.get(attachment.url) for attachment in message.attachments]

    async def press(self, person: Any, label: str, message: discord.Message | None = None) -> Any:
        """Press a card's button."""
        message = message or self.message
        return await person.click(message, custom_id=buttons_of(message)[label])

    async def fill(self, person: Any, shown: Any, **changes: str) -> Any:
        """Send a form off, as prefilled but for the fields with the labels in ``changes``."""
        values: dict[str, Any] = {}
        for label in shown.modal["components"]:
            field = label["component"]
            change = changes.pop(label["label"].casefold().replace(" ", "_"), None)
            if "options" in field:
                default = [option["value"] for option in field["options"] if option.get("default")]
                values[field["custom_id"]] = default if change is None else [change]
            else:
                values[field["custom_id"]] = field.get("value") or "" if change is None else change
        assert not changes, f"no such fields: {changes}"
        return await person.submit_modal(shown, values)

    @contextmanager
    def abroad(self, **payload: Any) -> Generator[None]:
        """Let interactions come from a place where the bot is no member: its app came with the person."""
        emit = self.env.backend.emit
        home = {"authorizing_integration_owners": {"1": str(self.alice.id)}, **payload}

        def far(event: str, data: Mapping[str, Any]) -> None:
            emit(event, {**data, **home} if event == "INTERACTION_CREATE" else data)

        self.env.backend.emit = far
        try:
            yield
        finally:
            self.env.backend.emit = emit

    def speaks(self, person: Any, locale: str) -> None:
        """Let a person's interactions carry their language, which SimCord always calls English."""
        emit = self.env.backend.emit

        def spoken(event: str, payload: dict[str, Any]) -> None:
            user = payload.get("user") or payload.get("member", {}).get("user", {})
            theirs = event == "INTERACTION_CREATE" and user.get("id") == str(person.id)
            emit(event, {**payload, "locale": locale} if theirs else payload)

        self.env.backend.emit = spoken

    async def until_answered(self) -> None:
        """Open the gate and let every job come to its end."""
        self.world.gate.set()
        while await self.app.jobs.open_ids():
            if jobs := [task for task in asyncio.all_tasks() if task.get_name().startswith("job ")]:
                await asyncio.wait(jobs)
        await self.env.settle()


@asynccontextmanager
async def open_town(
    folder: Path,
    *,
    gated: bool = False,
    painted: bool = False,
    approved: discord.Intents | None = None,
    helped: Callable[[App, World], Relay] | None = None,
    **environment: str,
) -> AsyncGenerator[Town]:
    """Open a town; a ``gated`` one holds the relay until told.

    Its pictures are alike unless they are ``painted``, which takes a while.
    ``helped`` puts something before the relay. ``approved`` are the intents that Discord grants, all where
    None: see ``BLIND``.
    """
    world = World()
    relay = DemoRelay(delay=0, fetch=world.fetch, ready=not painted)
    relay.app.middlewares.append(world.record)
    if not (database := folder / "jimeng.db").exists():
        new_sqlite(database)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(relay.serve())
        settings = Settings.from_env(
            {"RELAY_URL": url, "RELAY_TOKEN": "s3cret-token", "DATA_DIR": str(folder), **environment}
        )
        app = await stack.enter_async_context(open_app(settings))
        if helped is not None:
            app.relay = helped(app, world)
        if gated:
            app.relay = GatedRelay(world, app.relay)
        bot = create_bot(app)
        env: Any = simcord.Env(bot, settle_timeout=20, approved_intents=approved)
        settle_soon(env)
        world.env = env
        await env.start()
        stack.push_async_callback(env.shutdown)
        guild = env.create_guild("Town")
        may_moderate = discord.Permissions(manage_messages=True)
        moderators = guild.create_role("Moderators", permissions=may_moderate)
        yield Town(
            app=app,
            bot=bot,
            env=env,
            world=world,
            guild=guild,
            channel=guild.create_text_channel("pictures"),
            alice=guild.add_member(env.create_user("alice")),
            bob=guild.add_member(env.create_user("bob")),
            moderator=guild.add_member(env.create_user("mod"), roles=[moderators]),
            moderators=moderators,
        )
        env.raise_errors()


def everything_in(message: discord.Message) -> Iterator[Any]:
    """Walk a message's components."""
    waiting: list[Any] = list(message.components)
    while waiting:
        component = waiting.pop(0)
        yield component
        waiting = [*getattr(component, "children", []), *waiting]


def text_of(message: discord.Message) -> str:
    """All the text of a card."""
    return "\n".join(part.content for part in everything_in(message) if isinstance(part, discord.TextDisplay))


def buttons_in(message: discord.Message) -> list[discord.Button]:
    """A card's buttons."""
    return [part for part in everything_in(message) if isinstance(part, discord.Button)]


def buttons_of(message: discord.Message) -> dict[str, str]:
    """A card's buttons: custom id by label."""
    return {part.label or "": part.custom_id or "" for part in buttons_in(message)}


def menus_of(message: discord.Message) -> dict[str, tuple[str | None, dict[str, str]]]:
    """A card's menus by custom id: what is chosen, and all that can be, value by label."""
    found = (part for part in everything_in(message) if isinstance(part, discord.SelectMenu))
    return {
        menu.custom_id or "": (
            next((option.label for option in menu.options if option.default), None),
            {option.label: option.value for option in menu.options},
        )
        for menu in found
    }


def gallery_of(message: discord.Message) -> list[discord.MediaGalleryItem]:
    """A card's pictures."""
    galleries = (part for part in everything_in(message) if isinstance(part, discord.MediaGalleryComponent))
    return [item for gallery in galleries for item in gallery.items]
