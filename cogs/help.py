"""The /help command."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.services.queries import QueryService
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.intake.requesters import requester_of
from bot.ui.panels.command_list import CommandList
from bot.ui.panels.help_pages import HelpButton, HelpContext, HelpPages, Topic


class HelpCog(commands.Cog):
    """Shows the help pages in one card."""

    def __init__(
        self,
        queries: QueryService,
        command_list: CommandList,
        pages: HelpPages,
        languages: Languages,
    ) -> None:
        self._queries = queries
        self._command_list = command_list
        self._pages = pages
        self._languages = languages

    @app_commands.command(name=localized("command.help"), description=localized("about.help"))
    async def help(self, interaction: Interaction) -> None:
        """Show the list of commands."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction, "commands")

    async def turn(self, interaction: Interaction, button: HelpButton) -> None:
        """Show another page."""
        await interaction.response.defer()
        await self._show(interaction, button.topic)

    async def _show(self, interaction: Interaction, topic: Topic) -> None:
        requester = requester_of(interaction)
        context = HelpContext(
            requester=requester,
            allowed=interaction.permissions,
            status=await self._queries.member_status(requester),
            commands=await self._command_list.commands(),
            me=interaction.client.user.id,
        )
        card = self._pages.page(await self._languages.of(interaction), topic, context)
        await outgoing.edit_response(interaction, card)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    command_list = CommandList(bot.tree, bot.translator)
    pages = HelpPages(bot.presentation.texts, bot.services.requests.config.models)
    cog = HelpCog(bot.services.queries, command_list, pages, bot.presentation.languages)
    bot.controls.register(HelpButton, cog.turn)
    await bot.add_cog(cog)
