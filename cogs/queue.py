"""The /queue and /usage commands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import RuleBroken
from bot.domain.image_models.prices import Spending
from bot.domain.models import Job
from bot.domain.requests.cancellation import BY_ASKER
from bot.gateway.client import ImageBot
from bot.gateway.composition.presentation import Presentation
from bot.services.queries import QueryService
from bot.services.queue import QueueService
from bot.services.requests import RequestService
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.delivery.results.removal import JobRemoval
from bot.ui.i18n.command_translator import localized
from bot.ui.intake.requesters import requester_of
from bot.ui.panels.queue_page import QueueButton
from bot.ui.panels.usage_page import SpendingScope, usage_page


class QueueCog(commands.Cog):
    """Shows a member's open requests and their usage."""

    def __init__(
        self,
        requests: RequestService,
        queries: QueryService,
        queue: QueueService,
        removal: JobRemoval,
        presentation: Presentation,
        is_operator: Callable[[discord.abc.User], Awaitable[bool]],
    ) -> None:
        self._requests = requests
        self._queries = queries
        self._queue = queue
        self._removal = removal
        self._page = presentation.queue_page
        self._languages = presentation.languages
        self._texts = presentation.texts
        self._is_operator = is_operator

    @app_commands.command(name=localized("command.queue"), description=localized("about.queue"))
    async def queue(self, interaction: discord.Interaction[Any]) -> None:
        """Show one's own open requests with their queue positions."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction)

    @app_commands.command(name=localized("command.usage"), description=localized("about.usage"))
    async def usage(self, interaction: discord.Interaction[Any]) -> None:
        """Show how many pictures one has had."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        requester = requester_of(interaction)
        usage, models = await self._queries.usage(requester), await self._requests.models_for(requester)
        spent = await self._spending(interaction) if self._requests.config.models.priced else {}
        card = usage_page(self._texts, await self._languages.of(interaction), usage, spent, models)
        await outgoing.edit_response(interaction, card)

    async def press(self, interaction: Interaction, button: QueueButton) -> None:
        """Handle a press of one of the queue page's own buttons."""
        await interaction.response.defer()
        match button.step:
            case "refresh" | "keep":
                await self._show(interaction)
            case "cancel-all":
                await self._ask(interaction)
            case "confirm":
                await self._cancel_all(interaction)

    async def _spending(self, interaction: Interaction) -> dict[SpendingScope, list[Spending]]:
        """Return what pictures cost: in this server for those who manage it, in all for the operator."""
        spent: dict[SpendingScope, list[Spending]] = {}
        if interaction.guild_id is not None and interaction.permissions.manage_guild:
            spent["server"] = await self._queries.spending(interaction.guild_id)
        if await self._is_operator(interaction.user):
            spent["total"] = await self._queries.spending(None)
        return spent

    async def _show(self, interaction: Interaction) -> None:
        jobs = await self._queue.open_jobs(interaction.user.id)
        page = self._page.page(await self._languages.of(interaction), jobs)
        await outgoing.edit_response(interaction, page)

    async def _ask(self, interaction: Interaction) -> None:
        if not (jobs := await self._queue.open_jobs(interaction.user.id)):
            await self._show(interaction)
            return
        question = self._page.question(await self._languages.of(interaction), len(jobs))
        await outgoing.edit_response(interaction, question)

    async def _cancel_all(self, interaction: Interaction) -> None:
        by_id = interaction.user.id
        cancelled = [await self._cancel(job, by_id) for job, _ in await self._queue.open_jobs(by_id)]
        await self._show(interaction)
        # A card is edited only once no other process may be sending its progress.
        await asyncio.gather(*(self._removal.show_cancelled(*pair) for pair in cancelled if pair is not None))

    async def _cancel(self, job: Job, by_id: int) -> tuple[Job, Job] | None:
        """Cancel a job; return it as it was and as it is, or None if it finished in the meantime."""
        try:
            cancelled = await self._requests.cancel(job.id, by_id, BY_ASKER)
        except RuleBroken:
            return None
        await self._removal.record_cancelled(job, by_id)
        return job, cancelled


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    services = bot.services
    cog = QueueCog(
        services.requests,
        services.queries,
        services.queue,
        bot.results.removal,
        bot.presentation,
        bot.is_owner,
    )
    bot.controls.register(QueueButton, cog.press)
    await bot.add_cog(cog)
