"""The /queue and /usage commands."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.services.queries import QueryService
from bot.services.queue import QueueService
from bot.ui import outgoing
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.intake.requesters import requester_of
from bot.ui.panels.member_pages import MemberPages


class QueueCog(commands.Cog):
    """Shows a member's open requests and their usage."""

    def __init__(
        self, queries: QueryService, queue: QueueService, pages: MemberPages, languages: Languages
    ) -> None:
        self._queries = queries
        self._queue = queue
        self._pages = pages
        self._languages = languages

    @app_commands.command(name=localized("command.queue"), description=localized("about.queue"))
    async def queue(self, interaction: discord.Interaction[Any]) -> None:
        """Show one's own open requests with their queue positions."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        jobs = await self._queue.open_jobs(interaction.user.id)
        await outgoing.edit_response(
            interaction, self._pages.queue(await self._languages.of(interaction), jobs)
        )

    @app_commands.command(name=localized("command.usage"), description=localized("about.usage"))
    async def usage(self, interaction: discord.Interaction[Any]) -> None:
        """Show how many pictures one has had."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        usage = await self._queries.usage(requester_of(interaction))
        card = self._pages.usage(await self._languages.of(interaction), usage)
        await outgoing.edit_response(interaction, card)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    await bot.add_cog(QueueCog(bot.queries, bot.queue, bot.pages, bot.languages))
