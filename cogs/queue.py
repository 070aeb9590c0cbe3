"""The /queue and /usage commands."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.services.requests import ImageService
from bot.ui import outgoing
from bot.ui.i18n.command_translator import localized
from bot.ui.i18n.languages import Languages
from bot.ui.intake.requesters import requester_of
from bot.ui.panels.member_pages import MemberPages


class QueueCog(commands.Cog):
    """Shows a member's open requests and their usage."""

    def __init__(self, service: ImageService, pages: MemberPages, languages: Languages) -> None:
        self._service = service
        self._pages = pages
        self._languages = languages

    @app_commands.command(name=localized("command.queue"), description=localized("about.queue"))
    async def queue(self, interaction: discord.Interaction[Any]) -> None:
        """Show one's own open requests with their queue positions."""
        jobs = await self._service.open_jobs(interaction.user.id)
        await outgoing.respond(interaction, self._pages.queue(await self._languages.of(interaction), jobs))

    @app_commands.command(name=localized("command.usage"), description=localized("about.usage"))
    async def usage(self, interaction: discord.Interaction[Any]) -> None:
        """Show how many pictures one has had."""
        usage = await self._service.usage(requester_of(interaction))
        card = self._pages.usage(await self._languages.of(interaction), usage)
        await outgoing.respond(interaction, card)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    await bot.add_cog(QueueCog(bot.service, bot.pages, bot.languages))
