"""The door /history, its pages, and posting an earlier result again."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import RuleBroken
from bot.domain.models import Results
from bot.gateway.client import ImageBot
from bot.services.moderation import Moderating
from bot.services.requests import ImageService
from bot.ui.delivery.originals_reader import Kept
from bot.ui.errors import Failures
from bot.ui.i18n.command_translator import said
from bot.ui.i18n.languages import Languages
from bot.ui.intake.command_options import hinted, named
from bot.ui.intake.references import References
from bot.ui.intake.requesters import keeps_order, link_to
from bot.ui.panels.member_pages import SEARCH_LIMIT, Pages, Sought

_Interaction = discord.Interaction[Any]
_OPTIONS = ("search", "starred", "member")


class History(commands.Cog):
    """What a member asked for earlier, for themselves and for those who keep order."""

    def __init__(
        self,
        service: ImageService,
        moderating: Moderating,
        references: References,
        kept: Kept,
        pages: Pages,
        failures: Failures,
        languages: Languages,
    ) -> None:
        self._service = service
        self._moderating = moderating
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
        member: discord.User | None = None,
    ) -> None:
        """Show one's own results, newest first, or a member's to those who keep order."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        theirs = member.id if member is not None and member.id != interaction.user.id else None
        sought = Sought(search=" ".join(search.split()), starred=starred and theirs is None, member=theirs)
        async with self._failures.answering(interaction):
            await self._show(interaction, 0, sought)

    @commands.Cog.listener()
    async def on_history_page(self, interaction: _Interaction, page: int, sought: Sought) -> None:
        """Turn the page."""
        try:
            await interaction.response.defer()
            await self._show(interaction, page, sought)
        except Exception as error:
            await self._failures.tell(interaction, error)

    async def _show(self, interaction: _Interaction, page: int, sought: Sought) -> None:
        locale = await self._languages.of(interaction)
        if sought.member is not None:
            files, card = await self._theirs(interaction, locale, page, sought, sought.member)
        else:
            results = await self._service.results(
                interaction.user.id, search=sought.search, starred=sought.starred, page=page
            )
            pictures, files = await self._pictures(results)
            card = self._pages.history(locale, results, sought, _links(results), pictures)
        await interaction.edit_original_response(
            view=card, attachments=files, allowed_mentions=discord.AllowedMentions.none()
        )

    async def _theirs(
        self, interaction: _Interaction, locale: str, page: int, sought: Sought, member_id: int
    ) -> tuple[list[discord.File], discord.ui.LayoutView]:
        """Look at a member's results, as far as the moderator may see the channels they are in."""
        guild = interaction.guild
        if guild is None or not keeps_order(interaction.user):
            raise RuleBroken("moderators-only")
        channels = await self._moderating.channels(guild.id, member_id)
        open_ = await self._references.readable(channels, interaction.user)
        results = await self._moderating.results(guild.id, member_id, open_, search=sought.search, page=page)
        pictures, files = await self._pictures(results)
        pause = await self._moderating.paused(guild.id, member_id)
        card = self._pages.member_history(locale, results, sought, _links(results), pictures, pause)
        return files, card

    async def _pictures(self, results: Results) -> tuple[list[str | None], list[discord.File]]:
        """Return where results' pictures are shown, and the files of those of which only a copy is kept."""
        shown = await asyncio.gather(*(self._references.shown_at(job) for job in results.jobs))
        pictures = [media[0].url if media else None for media in shown]
        files: list[discord.File] = []
        for at, job in enumerate(results.jobs):
            if pictures[at] is None and (copy := await self._kept.preview(job)) is not None:
                files.append(discord.File(io.BytesIO(copy), f"kept-{job.id}.jpg"))
                pictures[at] = f"attachment://{files[-1].filename}"
        return pictures, files


def _links(results: Results) -> list[str]:
    return [link_to(job) for job in results.jobs]


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    await bot.add_cog(
        History(
            bot.service,
            bot.moderating,
            bot.references,
            bot.kept,
            bot.pages,
            bot.failures,
            bot.languages,
        )
    )
