"""The job buttons Delete and Cancel."""

from __future__ import annotations

import discord

from bot.domain.errors import RuleBroken
from bot.domain.models import Job
from bot.gateway.client import ImageBot
from bot.services.queue import QueueService
from bot.services.requests import RequestService
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.components import Interaction
from bot.ui.delivery.removal import JobRemoval
from bot.ui.i18n.languages import Languages
from bot.ui.intake.requesters import may_manage, may_moderate
from bot.ui.panels.member_pages import MemberPages


class RemovalCog:
    """Deletes results and cancels requests, for their owner and for moderators."""

    def __init__(
        self,
        requests: RequestService,
        queue: QueueService,
        removal: JobRemoval,
        cards: Cards,
        pages: MemberPages,
        languages: Languages,
    ) -> None:
        self._requests = requests
        self._queue = queue
        self._removal = removal
        self._cards = cards
        self._pages = pages
        self._languages = languages

    async def delete(self, interaction: Interaction, job: Job) -> None:
        """Delete a result, and the settings page it was deleted from."""
        await self._delete(interaction, job)
        await interaction.delete_original_response()

    async def remove(self, interaction: Interaction, job: Job) -> None:
        """Delete a result from a moderator's list, which stays."""
        await self._delete(interaction, job)
        note = self._cards.note(await self._languages.of(interaction), "deleted.done")
        await outgoing.follow_up(interaction, note)

    async def cancel(self, interaction: Interaction, job: Job) -> None:
        """Cancel a request, from its card or from the queue page."""
        _require_manageable(interaction, job)
        await interaction.response.defer()
        by_id = interaction.user.id
        cancelled = await self._requests.cancel(job.id, by_id, moderator=may_moderate(interaction, job))
        await self._removal.record_cancelled(job, by_id)
        await outgoing.edit_response(interaction, await self._after_cancel(interaction, job, cancelled))
        # Last: another process may be sending a progress edit.
        await self._removal.show_cancelled(job, cancelled)

    async def _delete(self, interaction: Interaction, job: Job) -> None:
        _require_manageable(interaction, job)
        await interaction.response.defer()
        await self._removal.delete(job, interaction.user.id)

    async def _after_cancel(
        self, interaction: Interaction, job: Job, cancelled: Job
    ) -> discord.ui.LayoutView:
        """Return what the message with the button shows now: the job's card, or the queue page."""
        if interaction.message is None or interaction.message.id == job.message_id:
            return self._cards.cancelled(cancelled)
        jobs = await self._queue.open_jobs(interaction.user.id)
        return self._pages.queue(await self._languages.of(interaction), jobs)


def _require_manageable(interaction: Interaction, job: Job) -> None:
    if not may_manage(interaction, job):
        raise RuleBroken("not-yours")


async def setup(bot: ImageBot) -> None:
    """Register the buttons."""
    cog = RemovalCog(bot.requests, bot.queue, bot.job_removal, bot.cards, bot.pages, bot.languages)
    bot.job_actions.register({"delete": cog.delete, "remove": cog.remove, "cancel": cog.cancel})
