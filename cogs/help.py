"""The /help command."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.services.requests import ImageService
from bot.ui import outgoing
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.intake.requesters import requester_of
from bot.ui.panels.command_list import CommandList
from bot.ui.panels.help_pages import HelpButton, HelpContext, HelpPages, Topic

_Interaction = discord.Interaction[Any]


class HelpCog(commands.Cog):
    """Shows the help pages in one card."""

    def __init__(
        self,
        service: ImageService,
        catalogue: CommandList,
        pages: HelpPages,
        errors: ErrorPresenter,
        languages: Languages,
    ) -> None:
        self._service = service
        self._catalogue = catalogue
        self._pages = pages
        self._errors = errors
        self._languages = languages

    @app_commands.command(name=localized("command.help"), description=localized("about.help"))
    async def help(self, interaction: _Interaction) -> None:
        """Show the list of commands."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction, "commands")

    @commands.Cog.listener()
    async def on_help_page(self, interaction: _Interaction, topic: Topic) -> None:
        """Show another page."""
        try:
            await interaction.response.defer()
            await self._show(interaction, topic)
        except Exception as error:
            await self._errors.present(interaction, error)

    async def _show(self, interaction: _Interaction, topic: Topic) -> None:
        requester = requester_of(interaction)
        context = HelpContext(
            requester=requester,
            allowed=interaction.permissions,
            status=await self._service.member_status(requester),
            commands=await self._catalogue.commands(),
            me=interaction.client.user.id,
        )
        card = self._pages.page(await self._languages.of(interaction), topic, context)
        await outgoing.edit_response(interaction, card)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    bot.add_dynamic_items(HelpButton)
    catalogue = CommandList(bot.tree, bot.translator)
    pages = HelpPages(bot.texts, bot.cards)
    await bot.add_cog(HelpCog(bot.service, catalogue, pages, bot.errors, bot.languages))
