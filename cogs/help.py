"""The door /help: what there is, how to ask, and what holds for whoever asks."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.services.requests import ImageService
from bot.ui.errors import Failures
from bot.ui.i18n.command_translator import said
from bot.ui.i18n.languages import Languages
from bot.ui.intake.requesters import requester_of
from bot.ui.panels.command_list import Catalogue
from bot.ui.panels.help_pages import HelpButton, HelpPages, Topic, Visit

_Interaction = discord.Interaction[Any]


class Help(commands.Cog):
    """One card of a few pages, turned in place."""

    def __init__(
        self,
        service: ImageService,
        catalogue: Catalogue,
        pages: HelpPages,
        failures: Failures,
        languages: Languages,
    ) -> None:
        self._service = service
        self._catalogue = catalogue
        self._pages = pages
        self._failures = failures
        self._languages = languages

    @app_commands.command(name=said("command.help"), description=said("about.help"))
    async def help(self, interaction: _Interaction) -> None:
        """Show the first page."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction, "commands")

    @commands.Cog.listener()
    async def on_help_page(self, interaction: _Interaction, topic: Topic) -> None:
        """Turn to a page."""
        try:
            await interaction.response.defer()
            await self._show(interaction, topic)
        except Exception as error:
            await self._failures.tell(interaction, error)

    async def _show(self, interaction: _Interaction, topic: Topic) -> None:
        requester = requester_of(interaction)
        visit = Visit(
            requester=requester,
            allowed=interaction.permissions,
            terms=await self._service.terms(requester),
            commands=await self._catalogue.listed(),
            me=interaction.client.user.id,
        )
        card = self._pages.page(await self._languages.of(interaction), topic, visit)
        await interaction.edit_original_response(view=card, allowed_mentions=discord.AllowedMentions.none())


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    bot.add_dynamic_items(HelpButton)
    catalogue = Catalogue(bot.tree, bot.translator)
    pages = HelpPages(bot.texts, bot.cards)
    await bot.add_cog(Help(bot.service, catalogue, pages, bot.failures, bot.languages))
