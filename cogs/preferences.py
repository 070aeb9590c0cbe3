"""The /preferences command: a member's defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.guild_settings import Preferences
from bot.gateway.client import ImageBot
from bot.services.members import MemberService
from bot.ui import outgoing
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.panels.preferences_page import (
    CompletionNoticeSwitch,
    PreferenceName,
    PreferenceSelect,
    PreferencesPage,
)

_Interaction = discord.Interaction[Any]


class PreferencesCog(commands.Cog):
    """Shows and changes a member's defaults."""

    def __init__(
        self, member_service: MemberService, errors: ErrorPresenter, languages: Languages, texts: Texts
    ) -> None:
        self._member_service = member_service
        self._errors = errors
        self._languages = languages
        self._page = PreferencesPage(texts)

    @app_commands.command(name=localized("command.preferences"), description=localized("about.preferences"))
    async def preferences(self, interaction: _Interaction) -> None:
        """Show one's preferences."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction, await self._member_service.preferences(interaction.user.id))

    @commands.Cog.listener()
    async def on_preference(
        self, interaction: _Interaction, choice: PreferenceName, value: str | None
    ) -> None:
        """Save a choice."""
        changes: dict[str, Any] = {choice: value}
        await self._choose(interaction, lambda chosen: replace(chosen, **changes))

    @commands.Cog.listener()
    async def on_tell_switch(self, interaction: _Interaction, on: bool) -> None:
        """Turn the completion notice on or off."""
        await self._choose(interaction, lambda chosen: replace(chosen, tell_when_done=on))

    async def _choose(self, interaction: _Interaction, change: Callable[[Preferences], Preferences]) -> None:
        try:
            await interaction.response.defer()
            await self._show(
                interaction, await self._member_service.change_preferences(interaction.user.id, change)
            )
        except Exception as error:
            await self._errors.present(interaction, error)

    async def _show(self, interaction: _Interaction, chosen: Preferences) -> None:
        styles = await self._member_service.available_styles(interaction.user.id, interaction.guild_id)
        card = self._page.page(await self._languages.of(interaction), chosen, styles)
        await outgoing.edit_response(interaction, card)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    bot.add_dynamic_items(PreferenceSelect, CompletionNoticeSwitch)
    await bot.add_cog(PreferencesCog(bot.member_service, bot.errors, bot.languages, bot.texts))
