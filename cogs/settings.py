"""The door /settings: what a server's managers decide."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain import guild_settings_input
from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings
from bot.domain.guild_settings_input import Choice
from bot.domain.time_zones import find_zone
from bot.gateway.client import ImageBot
from bot.services.guilds import Managing
from bot.ui.errors import Failures
from bot.ui.i18n.command_translator import said
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.panels.settings_controls import Action, Control, Form, Page
from bot.ui.panels.settings_forms import PanelForms
from bot.ui.panels.settings_panel import Panel, Shown

_Interaction = discord.Interaction[Any]
_Change = Callable[[GuildSettings], GuildSettings]


class Settings(commands.Cog):
    """One panel of three pages, redrawn after each change; whoever may not manage the server gets none."""

    def __init__(
        self,
        managing: Managing,
        failures: Failures,
        languages: Languages,
        texts: Texts,
        clock: Callable[[], float],
    ) -> None:
        self._managing = managing
        self._failures = failures
        self._languages = languages
        self._panel = Panel(texts)
        self._forms = PanelForms(texts, failures)
        self._clock = clock

    @app_commands.command(name=said("command.settings"), description=said("about.settings"))
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def settings(self, interaction: _Interaction) -> None:
        """Show the panel."""
        async with self._failures.answering(interaction):
            _guild_of(interaction)
            await interaction.response.defer(ephemeral=True, thinking=True)
            await self._show(interaction, "pictures")

    @commands.Cog.listener()
    async def on_settings_control(
        self, interaction: _Interaction, page: Page, action: Action, values: Sequence[str]
    ) -> None:
        """Answer the use of a button or menu."""
        try:
            _guild_of(interaction)
            match action:
                case "page":
                    await interaction.response.defer()
                    await self._show(interaction, page)
                case "daily" | "time_zone" | "blocked_words" | "daily_by_role":
                    await self._ask(interaction, page, action, values)
                case _:
                    await self._choose(interaction, page, action, values)
        except Exception as error:
            await self._failures.tell(interaction, error)

    async def _choose(
        self, interaction: _Interaction, page: Page, choice: Choice, values: Sequence[str]
    ) -> None:
        if choice == "audit_channel" and values:
            _refuse_closed(_guild_of(interaction), int(values[0]))
        await self._change(interaction, page, lambda old: guild_settings_input.choose(old, choice, values))

    async def _ask(self, interaction: _Interaction, page: Page, form: Form, values: Sequence[str]) -> None:
        """Open a form, whose answer changes the settings as they are by then."""
        guild = _guild_of(interaction)
        settings = await self._managing.settings(guild.id)
        locale = await self._languages.of(interaction)

        async def submit(modal: _Interaction, text: str) -> None:
            await self._change(modal, page, await _read(form, text, settings, guild, values))

        match form:
            case "daily":
                asked = self._forms.number(locale, settings.daily, submit)
            case "time_zone":
                asked = self._forms.time_zone(locale, settings, submit)
            case "blocked_words":
                asked = self._forms.words(locale, settings, submit)
            case "daily_by_role":
                number = settings.daily_by_role.get(int(values[0]))
                asked = self._forms.number(locale, number, submit, role=_role_name(guild, int(values[0])))
        await interaction.response.send_modal(asked)

    async def _change(self, interaction: _Interaction, page: Page, change: _Change) -> None:
        guild = _guild_of(interaction)
        await interaction.response.defer()
        await self._managing.change(guild.id, interaction.user.id, change)
        await self._show(interaction, page)

    async def _show(self, interaction: _Interaction, page: Page) -> None:
        guild = _guild_of(interaction)
        shown = Shown(
            settings=await self._managing.settings(guild.id),
            recent=await self._managing.recent(guild.id),
            channels={channel.id for channel in guild.channels},
            roles={role.id for role in guild.roles},
            now=self._clock(),
        )
        card = self._panel.page(await self._languages.of(interaction), page, shown)
        await interaction.edit_original_response(view=card, allowed_mentions=discord.AllowedMentions.none())


def _guild_of(interaction: _Interaction) -> discord.Guild:
    """Return the server whose settings are meant; raise ``RuleBroken`` for those who don't manage it."""
    # Discord hides the command from others, but a server may show it to anyone, and a panel outlives a role.
    if interaction.guild is None or not interaction.permissions.manage_guild:
        raise RuleBroken("managers-only")
    return interaction.guild


def _refuse_closed(guild: discord.Guild, channel_id: int) -> None:
    channel = guild.get_channel(channel_id)
    if channel is None:
        raise RuleBroken("audit-closed")
    allowed = channel.permissions_for(guild.me)
    if not (allowed.view_channel and allowed.send_messages):
        raise RuleBroken("audit-closed")


def _role_name(guild: discord.Guild, role_id: int) -> str:
    role = guild.get_role(role_id)
    return role.name if role else "?"


async def _read(
    form: Form, text: str, shown: GuildSettings, guild: discord.Guild, values: Sequence[str]
) -> _Change:
    """Return the change that a form's answer means; raise ``RuleBroken`` where it means nothing."""
    match form:
        case "blocked_words":
            return lambda old: guild_settings_input.block_words(old, text, shown=shown.blocked_words)
        case "time_zone":
            # The first time all zones' names are read, from many files.
            zone = await asyncio.to_thread(find_zone, text)
            if zone is None:
                raise RuleBroken("no-zone")
            return lambda old: replace(old, time_zone=zone)
        case "daily":
            number = guild_settings_input.read_number(text)
            return lambda old: replace(old, daily=number)
        case "daily_by_role":
            number, there = guild_settings_input.read_number(text), {role.id for role in guild.roles}
            return lambda old: guild_settings_input.allow_role(old, int(values[0]), number, there=there)


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    bot.add_dynamic_items(Control)
    await bot.add_cog(Settings(bot.managing, bot.failures, bot.languages, bot.texts, bot.app.clock))
