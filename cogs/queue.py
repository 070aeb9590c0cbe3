"""The doors /queue and /usage."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.services.requests import ImageService
from bot.ui.i18n.command_translator import said
from bot.ui.i18n.languages import Languages
from bot.ui.intake.requesters import requester_of
from bot.ui.panels.member_pages import Pages


class Queue(commands.Cog):
    """What a member has open, and what they had drawn."""

    def __init__(self, service: ImageService, pages: Pages, languages: Languages) -> None:
        self._service = service
        self._pages = pages
        self._languages = languages

    @app_commands.command(name=said("command.queue"), description=said("about.queue"))
    async def queue(self, interaction: discord.Interaction[Any]) -> None:
        """Show one's own requests with their place in line."""
        jobs = await self._service.open_jobs(interaction.user.id)
        await interaction.response.send_message(
            view=self._pages.queue(await self._languages.of(interaction), jobs),
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    @app_commands.command(name=said("command.usage"), description=said("about.usage"))
    async def usage(self, interaction: discord.Interaction[Any]) -> None:
        """Show how much one had drawn."""
        usage = await self._service.usage(requester_of(interaction))
        card = self._pages.usage(await self._languages.of(interaction), usage)
        await interaction.response.send_message(view=card, ephemeral=True)


async def setup(bot: ImageBot) -> None:
    """Open the doors."""
    await bot.add_cog(Queue(bot.service, bot.pages, bot.languages))
