"""The job buttons that show a result's settings and star it."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.domain.models import Job
from bot.gateway.client import ImageBot
from bot.services.members import MemberService
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.components import Interaction
from bot.ui.i18n.languages import Languages
from bot.ui.intake.requesters import may_manage


class ResultsCog:
    """Shows the settings of results, and stars them."""

    def __init__(self, member_service: MemberService, cards: Cards, languages: Languages) -> None:
        self._member_service = member_service
        self._cards = cards
        self._languages = languages

    async def more(self, interaction: Interaction, job: Job) -> None:
        """Show a result's settings, with more actions."""
        await outgoing.respond(interaction, await self._details(interaction, job))

    async def star(self, interaction: Interaction, job: Job) -> None:
        """Star one's own result."""
        await self._set_star(interaction, job, starred=True)

    async def unstar(self, interaction: Interaction, job: Job) -> None:
        """Unstar one's own result."""
        await self._set_star(interaction, job, starred=False)

    async def _set_star(self, interaction: Interaction, job: Job, *, starred: bool) -> None:
        await interaction.response.defer()
        await self._member_service.star(job.id, interaction.user.id, starred=starred)
        await outgoing.edit_response(
            interaction, await self._details(interaction, replace(job, starred=starred))
        )

    async def _details(self, interaction: Interaction, job: Job) -> discord.ui.LayoutView:
        locale, own = await self._languages.of(interaction), job.requester.user_id == interaction.user.id
        return self._cards.details(locale, job, own=own, deletable=may_manage(interaction, job))


async def setup(bot: ImageBot) -> None:
    """Register the buttons."""
    cog = ResultsCog(bot.services.members, bot.presentation.cards, bot.presentation.languages)
    bot.job_actions.register({"more": cog.more, "star": cog.star, "unstar": cog.unstar})
