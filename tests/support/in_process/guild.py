"""A simulated Discord server with members and the real bot, in front of the demo relay."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import simcord
from discord.ext import tasks

from bot.app import App, open_app
from bot.config.settings import Settings
from bot.demo.page.playground import ChatServer, LocalGuard
from bot.demo.page.settling import settle_quickly
from bot.demo.relay.server import DemoRelay
from bot.domain.ports import Relay
from bot.gateway.client import ImageBot, create_bot
from bot.pictures.sniff import HeaderReader
from bot.services.member_limits import MemberLimits
from bot.sources.guard import Guard
from tests.support.databases import last_id, new_sqlite, reset_sqlite
from tests.support.in_process.component_media import hidden_attachments
from tests.support.in_process.message_parts import buttons_of, file_urls, text_of
from tests.support.in_process.relay_control import GatedRelay, RelayControl
from tests.support.in_process.short_sleeps import skipped_sleeps
from tests.support.in_process.views import stop_views
from tests.support.no_names import NoNames

NO_PRIVILEGED_INTENTS = discord.Intents.none()
"""Without privileged intents the bot reads its own messages, mentions, and the targets of context menus."""

_FILE_UPLOAD = discord.ComponentType.file_upload.value


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedGuild:
    """A server with one channel, two members and a moderator."""

    app: App
    bot: ImageBot
    env: Any
    relay: RelayControl
    guild: Any
    channel: Any
    alice: Any
    bob: Any
    moderator: Any
    moderators: Any
    """The moderators' role."""
    first_job: int
    """The id of the first job to be added."""

    @property
    def relay_requests(self) -> list[dict[str, Any]]:
        """The JSON bodies that the relay was sent."""
        return self.relay.requests

    @property
    def message(self) -> discord.Message:
        """The newest message in the channel."""
        return self.channel.last_message

    @property
    def card(self) -> str:
        """The text of the newest message."""
        return text_of(self.message)

    def files(self, message: discord.Message) -> list[bytes]:
        """Return the contents of a message's attachments."""
        return [self.env.backend.cdn.get(url) for url in file_urls(message)]

    async def press(self, person: Any, label: str, shown: Any = None) -> Any:
        """Click a button by its label, on a message or response, by default the newest message."""
        shown = shown or self.message
        message = shown if isinstance(shown, discord.Message) else shown.message
        return await person.click(shown, custom_id=buttons_of(message)[label])

    async def fill(self, person: Any, shown: Any, **changes: Any) -> Any:
        """Submit a modal with its defaults, except for the fields whose labels are in ``changes``.

        The value of an upload field is a list of names and bytes.
        """
        values: dict[str, Any] = {}
        for label in shown.modal["components"]:
            field = label["component"]
            change = changes.pop(label["label"].casefold().replace(" ", "_"), None)
            if "options" in field:
                default = [option["value"] for option in field["options"] if option.get("default")]
                values[field["custom_id"]] = default if change is None else [change]
            elif field["type"] == _FILE_UPLOAD:
                values[field["custom_id"]] = change or []
            else:
                values[field["custom_id"]] = field.get("value") or "" if change is None else change
        assert not changes, f"no such fields: {changes}"
        return await person.submit_modal(shown, values)

    async def confirm(self, person: Any, shown: Any, label: str, reason: str = "") -> Any:
        """Press Delete or Cancel and confirm, by the question or in a moderator's form."""
        pressed = await self.press(person, label, shown)
        if pressed.modal:
            return await self.fill(person, pressed, reason=reason)
        return await self.press(person, label, shown)

    @contextmanager
    def from_elsewhere(self, **payload: Any) -> Generator[None]:
        """Send interactions as a user-installed app does from a place where the bot is no member."""
        emit = self.env.backend.emit
        overrides = {"authorizing_integration_owners": {"1": str(self.alice.id)}, **payload}

        def emit_from_elsewhere(event: str, data: Mapping[str, Any]) -> None:
            emit(event, {**data, **overrides} if event == "INTERACTION_CREATE" else data)

        self.env.backend.emit = emit_from_elsewhere
        try:
            yield
        finally:
            self.env.backend.emit = emit

    def set_locale(self, person: Any, locale: str) -> None:
        """Send a person's interactions with this locale; SimCord always says English."""
        emit = self.env.backend.emit

        def emit_with_locale(event: str, payload: dict[str, Any]) -> None:
            user = payload.get("user") or payload.get("member", {}).get("user", {})
            theirs = event == "INTERACTION_CREATE" and user.get("id") == str(person.id)
            emit(event, {**payload, "locale": locale} if theirs else payload)

        self.env.backend.emit = emit_with_locale

    async def skip_time(self, seconds: float, *, times: int = 1) -> None:
        """Move the clock at once: what was due meanwhile happens afterwards, and repeated work only once.

        It is much cheaper than ``env.advance_time``, which stops at each moment at which a timer is due.
        """
        for _ in range(times):
            await self.env.settle()
            self.env._move_clock(self.env._virtual_time + seconds)
            for loop in list(vars(self.bot._lifecycle).values()):  # pyright: ignore[reportPrivateUsage]
                # They would make up for each round that they missed.
                if isinstance(loop, tasks.Loop) and loop.hours == 0:
                    loop.restart()
            async with skipped_sleeps(self.env):
                await self.env.settle()

    async def finish_jobs(self) -> None:
        """Open the relay's gate and wait until no job is open."""
        self.relay.gate.set()
        while await self.app.stores.jobs.open_ids():
            await self.relay.open_calls.wait_until_answered()
            await self.env.settle()


@asynccontextmanager
async def open_simulation(
    folder: Path,
    *,
    hold_relay: bool = False,
    varied_pictures: bool = False,
    approved: discord.Intents | None = None,
    wrap_relay: Callable[[Relay, Settings, RelayControl], Relay] | None = None,
    limits: MemberLimits | None = None,
    **environment: str,
) -> AsyncGenerator[SimulatedGuild]:
    """Start the bot in a simulated server; ``environment`` holds settings.

    ``hold_relay`` keeps the relay's calls waiting until ``finish_jobs``; ``varied_pictures`` paints each
    picture, which is slow; ``approved`` are the intents that Discord grants, all of them for None;
    ``wrap_relay`` puts another relay in front; ``limits`` are those of ``create_bot``.
    """
    relay = RelayControl(hold=hold_relay)
    demo_relay = DemoRelay(delay=0, fetch=relay.fetch, ready=not varied_pictures)
    demo_relay.app.middlewares.append(relay.record)
    if not (database := folder / "jimeng.db").exists():
        new_sqlite(database)
    async with AsyncExitStack() as stack:
        # aiohttp caches the relay's handlers for good, which would keep the simulation with all its pictures.
        stack.callback(setattr, relay, "env", None)
        url = await stack.enter_async_context(demo_relay.serve())
        settings = Settings.from_env(
            {
                "RELAY_URL": url,
                "RELAY_TOKEN": "s3cret-token",
                "DATA_DIR": str(folder),
                "WELCOME": "false",
                **environment,
            }
        )

        def wrap(inner: Relay) -> Relay:
            if wrap_relay is not None:
                inner = wrap_relay(inner, settings, relay)
            return GatedRelay(relay, inner)

        chat = ChatServer()
        guard = LocalGuard(Guard(sniff=HeaderReader, resolver=NoNames()), chat)
        app = await stack.enter_async_context(open_app(settings, wrap_relay=wrap, guard=guard, durable=False))
        bot = create_bot(app, limits=limits)
        env: Any = simcord.Env(bot, settle_timeout=20, approved_intents=approved)
        settle_quickly(env)
        relay.env = chat.env = env
        stack.enter_context(hidden_attachments())
        await env.start()
        stack.push_async_callback(env.shutdown)
        yield _populate(app, bot, env, relay)
        env.raise_errors()


@asynccontextmanager
async def open_guild(shared: SimulatedGuild, *, hold_relay: bool = False) -> AsyncGenerator[SimulatedGuild]:
    """Create another server in a running simulation, and leave nothing behind there at the end.

    ``hold_relay`` is that of ``open_simulation``.
    """
    env, relay = shared.env, shared.relay
    errors, emit = env.error_cursor, env.backend.emit
    relay.reset(hold=hold_relay)
    # Its bot, as an earlier test may have restarted it.
    yield _populate(shared.app, env.bot, env, relay)
    env.backend.emit = emit
    env.backend.faults.clear()
    relay.reset(hold=False)
    for job_id in await shared.app.stores.jobs.open_ids():
        await shared.app.stores.jobs.cancel(job_id, now=shared.app.clock())
    stop_views(env.bot)
    await env.settle()
    reset_sqlite(_database(shared.app))
    assert not env.errors_since(errors)


def _populate(app: App, bot: ImageBot, env: Any, relay: RelayControl) -> SimulatedGuild:
    guild = env.create_guild("Test server")
    moderators = guild.create_role("Moderators", permissions=discord.Permissions(manage_messages=True))
    return SimulatedGuild(
        app=app,
        bot=bot,
        env=env,
        relay=relay,
        guild=guild,
        channel=guild.create_text_channel("pictures"),
        alice=guild.add_member(env.create_user("alice")),
        bob=guild.add_member(env.create_user("bob")),
        moderator=guild.add_member(env.create_user("mod"), roles=[moderators]),
        moderators=moderators,
        first_job=last_id(_database(app), "jobs") + 1,
    )


def _database(app: App) -> Path:
    return app.settings.data_dir / "jimeng.db"
