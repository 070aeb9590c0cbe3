"""The door /history, its pages, and posting an earlier result again."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.service import ImageService
from bot.ui.failures import Failures
from bot.ui.kept import Kept
from bot.ui.languages import Languages
from bot.ui.options import hinted, named
from bot.ui.pages import SEARCH_LIMIT, Pages, Sought
from bot.ui.places import link_to
from bot.ui.references import References
from bot.ui.translator import said

_Interaction = discord.Interaction[Any]
_OPTIONS = ("search", "starred")


class History(commands.Cog):
    """What a member asked for earlier."""

    def __init__(
        self,
        service: ImageService,
        references: References,
        kept: Kept,
        pages: Pages,
        failures: Failures,
        languages: Languages,
    ) -> None:
        self._service = service
        self._references = references
        self._kept = kept
        self._pages = pages
        self._failures = failures
        self._languages = languages

    @app_commands.command(name=said("command.history"), description=said("about.history"))
    @app_commands.describe(**hinted(*_OPTIONS))
    @app_commands.rename(**named(*_OPTIONS))
    async def history(
        self,
        interaction: _Interaction,
        search: app_commands.Range[str, 1, SEARCH_LIMIT] = "",
        starred: bool = False,
    ) -> None:
        """Show one's own results, newest first."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction, 0, Sought(search=" ".join(search.split()), starred=starred))

    @commands.Cog.listener()
    async def on_history_page(self, interaction: _Interaction, page: int, sought: Sought) -> None:
        """Turn the page."""
        try:
            await interaction.response.defer()
            await self._show(interaction, page, sought)
        except Exception as error:
            await self._failures.tell(interaction, error)

    async def _show(self, interaction: _Interaction, page: int, sought: Sought) -> None:
        results = await self._service.results(
            interaction.user.id, search=sought.search, starred=sought.starred, page=page
        )
        shown = await asyncio.gather(*(self._references.shown_at(job) for job in results.jobs))
        pictures = [media[0].url if media else None for media in shown]
        files: list[discord.File] = []
        for at, job in enumerate(results.jobs):
            if pictures[at] is None and (copy := await self._kept.preview(job)) is not None:
                files.append(discord.File(io.BytesIO(copy), f"kept-{job.id}.jpg"))
                pictures[at] = f"attachment://{files[-1].filename}"
        links = [link_to(job) for job in results.jobs]
        locale = await self._languages.of(interaction)
        card = self._pages.history(locale, results, sought, links, pictures)
        await interaction.edit_original_response(
            view=card, attachments=files, allowed_mentions=discord.AllowedMentions.none()
        )


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    await bot.add_cog(History(bot.service, bot.references, bot.kept, bot.pages, bot.failures, bot.languages))
