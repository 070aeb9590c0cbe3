"""The /history command and its pages."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import RuleBroken
from bot.domain.models import Job, JobPage
from bot.gateway.client import ImageBot
from bot.gateway.composition.presentation import Presentation
from bot.services.member_limits import MemberLimits
from bot.services.moderation import ModerationService
from bot.services.queries import QueryService
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.delivery.results.originals_reader import OriginalsReader
from bot.ui.i18n.command_translator import localized
from bot.ui.intake.autocomplete import Autocomplete
from bot.ui.intake.command_options import KindOption, StyleOption, option_descriptions, option_names
from bot.ui.intake.references.media import Media, attached_media
from bot.ui.intake.references.resolver import References
from bot.ui.intake.requesters import is_moderator, link_to
from bot.ui.panels.history_pages import SEARCH_LIMIT, HistoryQuery, PageButton

_OPTIONS = ("search", "starred", "kind", "member")
_HINTS = {"style": localized("hint.history-style")}


class HistoryCog(commands.Cog):
    """Lists the results of a member, for the member or for a moderator."""

    def __init__(
        self,
        queries: QueryService,
        moderation_service: ModerationService,
        references: References,
        originals_reader: OriginalsReader,
        presentation: Presentation,
        limits: MemberLimits,
        autocomplete: Autocomplete,
    ) -> None:
        self._queries = queries
        self._moderation_service = moderation_service
        self._references = references
        self._originals_reader = originals_reader
        self._pages = presentation.history_pages
        self._errors = presentation.errors
        self._languages = presentation.languages
        self._limits = limits
        self._autocomplete = autocomplete

    @app_commands.command(name=localized("command.history"), description=localized("about.history"))
    @app_commands.describe(**option_descriptions(*_OPTIONS, **_HINTS))
    @app_commands.rename(**option_names(*_OPTIONS, "style"))
    async def history(
        self,
        interaction: Interaction,
        search: app_commands.Range[str, 1, SEARCH_LIMIT] = "",
        starred: bool = False,
        kind: KindOption = None,
        style: StyleOption = None,
        member: discord.User | None = None,
    ) -> None:
        """Show one's own results, newest first, or a member's to a moderator."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        member_id = member.id if member is not None and member.id != interaction.user.id else None
        query = HistoryQuery(
            search=" ".join(search.split()),
            starred=starred and member_id is None,
            kind=kind,
            style=" ".join(style.split()) if style is not None and member_id is None else None,
            member=member_id,
        )
        async with self._errors.present_errors(interaction):
            await self._show(interaction, 0, query)

    @history.autocomplete("style")
    async def find_style(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest styles."""
        return await self._autocomplete.styles(interaction, typed)

    async def turn(self, interaction: Interaction, button: PageButton) -> None:
        """Show another page."""
        await interaction.response.defer()
        await self._show(interaction, button.page, button.query)

    async def _show(self, interaction: Interaction, page: int, query: HistoryQuery) -> None:
        locale = await self._languages.of(interaction)
        if query.member is not None:
            files, card = await self._moderated_page(interaction, locale, page, query, query.member)
        else:
            async with self._limits.searches.permit(interaction.user.id):
                results = await self._queries.results(interaction.user.id, query, page=page)
            pictures, files = await self._pictures(interaction, results)
            card = self._pages.history(locale, results, query, _links(results), pictures)
        await outgoing.edit_response(interaction, card, files)

    async def _moderated_page(
        self, interaction: Interaction, locale: str, page: int, query: HistoryQuery, member_id: int
    ) -> tuple[list[discord.File], discord.ui.LayoutView]:
        """Show those results of a member that are in channels the moderator can read."""
        guild = interaction.guild
        if guild is None or not is_moderator(interaction.user):
            raise RuleBroken("moderators-only")
        channels = await self._moderation_service.channels(guild.id, member_id)
        async with self._limits.pages.permit(interaction.user.id):
            open_ = await self._references.readable(channels, interaction.user)
        async with self._limits.searches.permit(interaction.user.id):
            results = await self._moderation_service.results(guild.id, member_id, open_, query, page=page)
        pictures, files = await self._pictures(interaction, results)
        pause = await self._moderation_service.paused(guild.id, member_id)
        card = self._pages.member_history(locale, results, query, _links(results), pictures, pause)
        return files, card

    async def _pictures(
        self, interaction: Interaction, results: JobPage
    ) -> tuple[list[list[Media]], list[discord.File]]:
        """Return each result's pictures, and as files those of which only the stored original is left."""
        async with self._limits.pages.permit(interaction.user.id):
            pictures = list(
                await asyncio.gather(*(self._references.pictures_of(job) for job in results.jobs))
            )
        files: list[discord.File] = []
        for at, job in enumerate(results.jobs):
            if not pictures[at] and (copy := await self._preview(interaction, job)) is not None:
                files.append(discord.File(io.BytesIO(copy), f"kept-{job.id}.jpg"))
                pictures[at] = [attached_media(files[-1].filename)]
        return pictures, files

    async def _preview(self, interaction: Interaction, job: Job) -> bytes | None:
        if not job.kept:
            return None
        async with self._limits.files.permit(interaction.user.id):
            return await self._originals_reader.preview(job)


def _links(results: JobPage) -> list[str]:
    return [link_to(job) for job in results.jobs]


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    cog = HistoryCog(
        bot.services.queries,
        bot.services.moderation,
        bot.intake.references,
        bot.results.originals_reader,
        bot.presentation,
        bot.limits,
        bot.intake.autocomplete,
    )
    bot.controls.register(PageButton, cog.turn)
    await bot.add_cog(cog)
