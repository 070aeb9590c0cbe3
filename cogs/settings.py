"""The /settings command: a server's settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings
from bot.domain.ids import parse_id
from bot.domain.image_models.catalogue import Catalogue
from bot.domain.settings_input import guild_settings
from bot.domain.settings_input.guild_settings import MenuSetting
from bot.domain.time_zones import parse_time_zone
from bot.gateway.client import ImageBot
from bot.services.deadline import Deadline
from bot.services.guilds import GuildService
from bot.ui import outgoing
from bot.ui.cards.model_names import ModelNames
from bot.ui.components import Interaction
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.panels.settings_controls import FormName, PageName, SettingsControl
from bot.ui.panels.settings_forms import SettingsForms
from bot.ui.panels.settings_panel import PanelState, SettingsPanel

_Change = Callable[[GuildSettings], GuildSettings]


class SettingsCog(commands.Cog):
    """Shows and changes a server's settings, for members with Manage Server."""

    def __init__(
        self,
        guild_service: GuildService,
        errors: ErrorPresenter,
        languages: Languages,
        texts: Texts,
        models: Catalogue,
        clock: Callable[[], float],
    ) -> None:
        self._guild_service = guild_service
        self._errors = errors
        self._languages = languages
        self._texts = texts
        self._models = models
        self._names = ModelNames(texts, models)
        self._panel = SettingsPanel(texts, models)
        self._forms = SettingsForms(texts, errors)
        self._clock = clock
        self._soon = Deadline(1.5)

    @app_commands.command(name=localized("command.settings"), description=localized("about.settings"))
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def settings(self, interaction: Interaction) -> None:
        """Show the settings panel."""
        async with self._errors.present_errors(interaction):
            _guild_of(interaction)
            await interaction.response.defer(ephemeral=True, thinking=True)
            await self._show(interaction, "pictures")

    async def use(self, interaction: Interaction, control: SettingsControl) -> None:
        """Handle the use of a button or menu of the panel."""
        _guild_of(interaction)
        page, action, values = control.page, control.action, control.values
        match action:
            case "page":
                await interaction.response.defer()
                await self._show(interaction, page)
            case "model_roles":
                await self._ask_model_roles(interaction, page, values[0] if values else "")
            case "daily" | "time_zone" | "blocked_words" | "daily_by_role":
                await self._ask(interaction, page, action, values)
            case _:
                await self._choose(interaction, page, action, values)

    async def _choose(
        self, interaction: Interaction, page: PageName, choice: MenuSetting, values: Sequence[str]
    ) -> None:
        if choice == "audit_channel" and values:
            _require_writable(_guild_of(interaction), parse_id(values[0]))
        await self._change(
            interaction,
            page,
            lambda old: guild_settings.apply_menu_choice(
                old, choice, values, languages=self._texts.languages, models=self._models.ids
            ),
        )

    async def _ask(
        self, interaction: Interaction, page: PageName, form: FormName, values: Sequence[str]
    ) -> None:
        """Open a form; its submit changes the settings as they are by then."""
        guild = _guild_of(interaction)
        settings = await self._soon.wait(self._guild_service.settings(guild.id))
        locale = await self._languages.of(interaction)

        async def submit(modal: Interaction, text: str) -> None:
            await self._change(modal, page, await _read(form, text, settings, guild, values))

        match form:
            case "daily":
                modal = self._forms.number(locale, settings.daily, submit)
            case "time_zone":
                modal = self._forms.time_zone(locale, settings, submit)
            case "blocked_words":
                modal = self._forms.words(locale, settings, submit)
            case "daily_by_role":
                role_id = _role_id(values)
                number = settings.daily_by_role.get(role_id)
                modal = self._forms.number(locale, number, submit, role=_role_name(guild, role_id))
        await modal.open(interaction)

    async def _ask_model_roles(self, interaction: Interaction, page: PageName, model: str) -> None:
        """Open the form about the roles that may use a model."""
        guild, ids = _guild_of(interaction), self._models.ids
        settings = await self._soon.wait(self._guild_service.settings(guild.id))
        locale = await self._languages.of(interaction)

        async def submit(modal: Interaction, roles: Sequence[int]) -> None:
            await self._change(
                modal, page, lambda old: guild_settings.set_model_roles(old, model, roles, models=ids)
            )

        there = settings.model_roles.get(model, frozenset()) & {role.id for role in guild.roles}
        label = self._names.label(locale, model)
        await self._forms.model_roles(locale, label, there, submit).open(interaction)

    async def _change(self, interaction: Interaction, page: PageName, change: _Change) -> None:
        guild = _guild_of(interaction)
        await interaction.response.defer()
        await self._guild_service.change(guild.id, interaction.user.id, change)
        await self._show(interaction, page)

    async def _show(self, interaction: Interaction, page: PageName) -> None:
        guild = _guild_of(interaction)
        shown = PanelState(
            settings=await self._guild_service.settings(guild.id),
            recent=await self._guild_service.recent(guild.id),
            channels={channel.id for channel in guild.channels},
            roles={role.id for role in guild.roles},
            now=self._clock(),
            reads_replies=interaction.client.intents.message_content,
        )
        card = self._panel.page(await self._languages.of(interaction), page, shown)
        await outgoing.edit_response(interaction, card)


def _guild_of(interaction: Interaction) -> discord.Guild:
    """Return the server; raise ``RuleBroken`` unless the user manages it."""
    # Discord hides the command from others, but a server can allow it to anyone, and a panel outlives a role.
    if interaction.guild is None or not interaction.permissions.manage_guild:
        raise RuleBroken("managers-only")
    return interaction.guild


def _require_writable(guild: discord.Guild, channel_id: int) -> None:
    channel = guild.get_channel(channel_id)
    if channel is None:
        raise RuleBroken("audit-closed")
    allowed = channel.permissions_for(guild.me)
    if not (allowed.view_channel and allowed.send_messages):
        raise RuleBroken("audit-closed")


def _role_id(values: Sequence[str]) -> int:
    return parse_id(values[0] if values else "")


def _role_name(guild: discord.Guild, role_id: int) -> str:
    role = guild.get_role(role_id)
    return role.name if role else "?"


async def _read(
    form: FormName, text: str, shown: GuildSettings, guild: discord.Guild, values: Sequence[str]
) -> _Change:
    """Parse a form's text into a change; raise ``RuleBroken`` if it is invalid."""
    match form:
        case "blocked_words":
            return lambda old: guild_settings.update_blocked_words(old, text, shown=shown.blocked_words)
        case "time_zone":
            # The first call reads the names of all zones, from many files.
            zone = await asyncio.to_thread(parse_time_zone, text)
            if zone is None:
                raise RuleBroken("no-zone")
            return lambda old: replace(old, time_zone=zone)
        case "daily":
            number = guild_settings.parse_daily_limit(text)
            return lambda old: replace(old, daily=number)
        case "daily_by_role":
            number, there = guild_settings.parse_daily_limit(text), {role.id for role in guild.roles}
            return lambda old: guild_settings.set_role_limit(old, _role_id(values), number, there=there)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    cog = SettingsCog(
        bot.services.guilds,
        bot.presentation.errors,
        bot.presentation.languages,
        bot.presentation.texts,
        bot.app.settings.catalogue,
        bot.app.clock,
    )
    bot.controls.register(SettingsControl, cog.use)
    await bot.add_cog(cog)
