"""The door /preferences: what holds for a member where they say nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.guild_settings import Preferences as Chosen
from bot.gateway.client import ImageBot
from bot.services.members import Personal
from bot.ui.errors import Failures
from bot.ui.i18n.command_translator import said
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.panels.preferences_page import Choice, PreferenceSelect, PreferencesPage, TellSwitch

_Interaction = discord.Interaction[Any]


class Preferences(commands.Cog):
    """One page, changed in place."""

    def __init__(self, personal: Personal, failures: Failures, languages: Languages, texts: Texts) -> None:
        self._personal = personal
        self._failures = failures
        self._languages = languages
        self._page = PreferencesPage(texts)

    @app_commands.command(name=said("command.preferences"), description=said("about.preferences"))
    async def preferences(self, interaction: _Interaction) -> None:
        """Show what one chose."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction, await self._personal.preferences(interaction.user.id))

    @commands.Cog.listener()
    async def on_preference(self, interaction: _Interaction, choice: Choice, value: str | None) -> None:
        """Take a choice."""
        changes: dict[str, Any] = {choice: value}
        await self._choose(interaction, lambda chosen: replace(chosen, **changes))

    @commands.Cog.listener()
    async def on_tell_switch(self, interaction: _Interaction, on: bool) -> None:
        """Switch the message that says what is done."""
        await self._choose(interaction, lambda chosen: replace(chosen, tell_when_done=on))

    async def _choose(self, interaction: _Interaction, change: Callable[[Chosen], Chosen]) -> None:
        try:
            await interaction.response.defer()
            await self._show(interaction, await self._personal.choose(interaction.user.id, change))
        except Exception as error:
            await self._failures.tell(interaction, error)

    async def _show(self, interaction: _Interaction, chosen: Chosen) -> None:
        styles = await self._personal.offered(interaction.user.id, interaction.guild_id)
        card = self._page.page(await self._languages.of(interaction), chosen, styles)
        await interaction.edit_original_response(view=card, allowed_mentions=discord.AllowedMentions.none())


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    bot.add_dynamic_items(PreferenceSelect, TellSwitch)
    await bot.add_cog(Preferences(bot.personal, bot.failures, bot.languages, bot.texts))
