"""The gateway client: loads the cogs, registers the commands and handles their errors."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import App
from bot.domain.errors import Restarting
from bot.gateway.command_registration import CommandRegistration
from bot.gateway.composition.intake import IntakeBuilder
from bot.gateway.composition.presentation import create_presentation
from bot.gateway.composition.results import create_results
from bot.gateway.discord_measurement import measure_requests
from bot.gateway.event_parsers import clean_texts, name_origin, skip_unparseable
from bot.gateway.interaction_fields import check_interactions
from bot.gateway.library_warnings import silence_voice_warnings
from bot.gateway.lifecycle import Lifecycle
from bot.gateway.sharding import ShardedBot
from bot.gateway.unhandled_interactions import UnhandledInteractions
from bot.services.member_limits import MemberLimits
from bot.ui.cards.buttons.job_actions import JobActions
from bot.ui.cards.buttons.job_buttons import JobButton
from bot.ui.components import Controls
from bot.ui.i18n.command_translator import TextsTranslator
from bot.ui.intake.choices import ChoiceButton
from bot.ui.open_modals import OpenModals
from bot.ui.running_handlers import RunningHandlers

log = logging.getLogger(__name__)

COGS = (
    "cogs.imagine",
    "cogs.compare",
    "cogs.remix",
    "cogs.menus",
    "cogs.replies",
    "cogs.job_buttons.redraw",
    "cogs.job_buttons.try_with",
    "cogs.job_buttons.results",
    "cogs.job_buttons.one_picture",
    "cogs.job_buttons.before",
    "cogs.job_buttons.saving",
    "cogs.job_buttons.posting",
    "cogs.job_buttons.removal",
    "cogs.history",
    "cogs.queue",
    "cogs.styles",
    "cogs.preferences",
    "cogs.settings",
    "cogs.moderation",
    "cogs.help",
    "cogs.privacy",
    "cogs.welcome",
    "cogs.allowed_servers",
)
HANDLERS_TIMEOUT = 3.0
"""Seconds that running handlers get at shutdown, after the gateway was left."""
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    read_message_history=True,
)


def create_bot(app: App, *, edit_interval: float = 5.0, limits: MemberLimits | None = None) -> ImageBot:
    """Build the bot around an open app, not yet connected.

    ``edit_interval``: seconds between card edits; ``limits``: what members may make it do at once.
    """
    return ImageBot(app, edit_interval=edit_interval, limits=limits or MemberLimits())


class TrackedTree(app_commands.CommandTree["ImageBot"]):
    """A command tree whose running commands are waited for before the bot stops."""

    async def _call(self, interaction: discord.Interaction[ImageBot]) -> None:
        async def give_up() -> None:
            if interaction.type is not discord.InteractionType.autocomplete:
                await self.client.presentation.errors.present(interaction, Restarting())

        with self.client.handlers.track(give_up):
            try:
                await super()._call(interaction)
            except app_commands.AppCommandError:
                raise
            except Exception as error:
                # The library can't read the options, and would fail again when it looks for an error handler.
                unreadable = app_commands.AppCommandError("the command can't be read")
                unreadable.__cause__ = error
                await self.on_error(interaction, unreadable)


class ImageBot(ShardedBot):
    """The bot; builds what the cogs share."""

    def __init__(self, app: App, *, edit_interval: float, limits: MemberLimits) -> None:
        silence_voice_warnings()
        super().__init__(
            locks=app.shards,
            identify_limiter=app.identify_limiter,
            count=app.settings.shard_count,
            ids=app.settings.shard_ids,
            command_prefix=commands.when_mentioned,
            tree_cls=TrackedTree,
            http_trace=measure_requests(app.recorder, app.acknowledgements, app.clock),
            **_options(message_content=app.settings.message_content_intent),
        )
        self.app = app
        self.services = app.services
        self.limits = limits
        self.handlers = RunningHandlers()
        self.modals = OpenModals()
        self.translator = TextsTranslator()
        self._stopping = False
        self._registration = CommandRegistration(self.tree, self.translator, app.settings.data_dir)
        self.presentation = create_presentation(app)
        self._lifecycle = Lifecycle(
            app,
            self,
            self.presentation.cards,
            self.presentation.texts,
            works=app.settings.run_workers,
            edit_interval=edit_interval,
        )
        self.delivery = self._lifecycle.delivery
        self.moderation_log = self._lifecycle.moderation_log
        self.results = create_results(app, self, self.presentation.cards, self.delivery, self.moderation_log)
        self.intake = IntakeBuilder(
            app, self, self.presentation, self.delivery, self.handlers, limits
        ).build()
        self.controls = Controls(self, self.intake.remix_refusals)
        self.controls.register(ChoiceButton, self.intake.choices.press)
        self.job_actions = JobActions(
            app.services.queries, self.intake.references, app.services.consent, self.intake.storage
        )
        self._watch_events()
        self.tree.error(self._on_command_error)

    def _watch_events(self) -> None:
        """Check what the gateway sends before the library reads it, and answer what no handler takes."""
        unhandled = UnhandledInteractions(self, self.presentation.errors, self.handlers)
        unhandled.watch_controls()
        parsers = name_origin(self._connection.parsers, lambda: self.shard_count or 1)
        read = unhandled.of_unreadable(clean_texts(check_interactions(parsers)))
        self._connection.parsers = skip_unparseable(read)

    async def setup_hook(self) -> None:
        """Load the cogs, register the commands and resume unfinished requests."""
        self.controls.register(JobButton, self.job_actions.handle)
        await self.tree.set_translator(self.translator)
        for cog in COGS:
            await self.load_extension(cog)
        if 0 in self._ids():
            # One process registers them for all.
            await self._registration.start()
        self._log_invitations(self.application_id or 0)
        # Not earlier, as a process that is replaced serves the shards until they are taken over.
        await super().setup_hook()
        await self._lifecycle.open()

    def worker_problem(self) -> str | None:
        """Return why this process begins no jobs although it should; None where nothing is wrong."""
        return self._lifecycle.worker_problem()

    async def close(self) -> None:
        """Finish or requeue running jobs, disconnect, and finish what was read from the gateway."""
        if not self.is_closed() and not self._stopping:
            self._stopping = True
            self._registration.stop()
            # Requests are still accepted meanwhile: they wait for the next start or another process.
            await self._lifecycle.drain()
            await self.disconnect()
            # Another process can take the shards over while the last handlers end.
            await asyncio.gather(self.release_shards(), self.handlers.finish(HANDLERS_TIMEOUT))
            await self._lifecycle.close()
        await super().close()

    def _log_invitations(self, application_id: int) -> None:
        both = ("bot", "applications.commands")
        server = discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=both)
        person = discord.utils.oauth_url(application_id, scopes=both[1:])
        log.info("invite the bot to a server: %s", server)
        log.info("install it for yourself, to use it anywhere: %s&integration_type=1", person)

    async def on_message(self, message: discord.Message, /) -> None:
        """Ignore prefix commands; the cogs listen to messages themselves."""

    async def on_ready(self) -> None:
        """Log the connection."""
        log.info("connected as %s to %d servers", self.user, len(self.guilds))

    async def _on_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            log.warning("an autocompletion can't be read: %r", error, exc_info=error.__cause__)
            await interaction.response.autocomplete([])
        else:
            await self.presentation.errors.present(interaction, error)


def _options(*, message_content: bool) -> dict[str, Any]:
    """Return what the client receives and remembers, and the defaults of its commands and messages."""
    return {
        "help_command": None,
        # Commands for managers narrow these themselves.
        "allowed_installs": app_commands.AppInstallationType(guild=True, user=True),
        "allowed_contexts": app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
        "intents": discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, message_content=message_content
        ),
        "allowed_mentions": discord.AllowedMentions.none(),
        "member_cache_flags": discord.MemberCacheFlags.none(),
        "chunk_guilds_at_startup": False,
        "max_messages": None,
    }
