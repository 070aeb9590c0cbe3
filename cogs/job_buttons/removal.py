"""The job buttons Delete and Cancel, with their confirmations."""

from __future__ import annotations

import discord

from bot.domain.errors import RuleBroken
from bot.domain.models import Job
from bot.domain.requests.cancellation import BY_ASKER, Cancellation
from bot.gateway.client import ImageBot
from bot.gateway.composition.presentation import Presentation
from bot.services.queue import QueueService
from bot.services.requests import RequestService
from bot.ui import outgoing
from bot.ui.components import Interaction
from bot.ui.delivery.results.removal import JobRemoval
from bot.ui.intake.forms.reason_form import ReasonModal
from bot.ui.intake.requesters import may_manage, may_moderate


class RemovalCog:
    """Deletes results and cancels requests, for their owner and for moderators.

    The owner confirms a deletion; a moderator confirms by a form that takes a reason.
    """

    def __init__(
        self,
        requests: RequestService,
        queue: QueueService,
        removal: JobRemoval,
        presentation: Presentation,
    ) -> None:
        self._requests = requests
        self._queue = queue
        self._removal = removal
        self._cards = presentation.cards
        self._page = presentation.queue_page
        self._languages = presentation.languages
        self._texts = presentation.texts
        self._errors = presentation.errors

    async def delete(self, interaction: Interaction, job: Job) -> None:
        """Ask whether a result shall be deleted, in place of the private page with the button."""
        _require_manageable(interaction, job)
        locale = await self._languages.of(interaction)
        if not _is_own(interaction, job):

            async def submit(modal: Interaction, reason: str) -> None:
                await self._delete(modal, job, reason)
                await outgoing.edit_response(modal, self._cards.note(locale, "deleted.done"))

            await ReasonModal(self._texts, self._errors, locale, "delete", submit).open(interaction)
            return
        await interaction.response.defer()
        await outgoing.edit_response(interaction, self._cards.deletion_question(locale, job), [])

    async def confirm(self, interaction: Interaction, job: Job) -> None:
        """Delete one's own result, and say so in place of the question."""
        await self._delete(interaction, job)
        note = self._cards.note(await self._languages.of(interaction), "deleted.done")
        await outgoing.edit_response(interaction, note)

    async def keep(self, interaction: Interaction, job: Job) -> None:
        """Show the result's settings again in place of the question."""
        await interaction.response.defer()
        own, locale = _is_own(interaction, job), await self._languages.of(interaction)
        details = self._cards.details(locale, job, own=own, deletable=may_manage(interaction, job))
        await outgoing.edit_response(interaction, details)

    async def remove(self, interaction: Interaction, job: Job) -> None:
        """Ask for a reason and delete a result from a moderator's list, which stays."""
        _require_manageable(interaction, job)
        locale = await self._languages.of(interaction)

        async def submit(modal: Interaction, reason: str) -> None:
            await self._delete(modal, job, reason)
            await outgoing.follow_up(modal, self._cards.note(locale, "deleted.done"))

        await ReasonModal(self._texts, self._errors, locale, "delete", submit).open(interaction)

    async def cancel(self, interaction: Interaction, job: Job) -> None:
        """Cancel a request, from its card or from the queue page; ask a moderator for a reason."""
        _require_manageable(interaction, job)
        if _is_own(interaction, job):
            await self._cancel(interaction, job, BY_ASKER)
            return

        async def submit(modal: Interaction, reason: str) -> None:
            await self._cancel(modal, job, Cancellation("moderator", reason))

        locale = await self._languages.of(interaction)
        await ReasonModal(self._texts, self._errors, locale, "cancel", submit).open(interaction)

    async def _cancel(self, interaction: Interaction, job: Job, cancellation: Cancellation) -> None:
        await interaction.response.defer()
        by_id = interaction.user.id
        cancelled = await self._requests.cancel(
            job.id, by_id, cancellation, moderator=may_moderate(interaction, job)
        )
        await self._removal.record_cancelled(job, by_id, cancellation.reason)
        view = await self._after_cancel(interaction, job, cancelled)
        if view is not None:
            await outgoing.edit_response(interaction, view)
        # Last: another process may be sending a progress edit.
        await self._removal.show_cancelled(job, cancelled)

    async def _delete(self, interaction: Interaction, job: Job, reason: str = "") -> None:
        # Checked again: a form may have been open for a while.
        _require_manageable(interaction, job)
        await interaction.response.defer()
        await self._removal.delete(job, interaction.user.id, reason)

    async def _after_cancel(
        self, interaction: Interaction, job: Job, cancelled: Job
    ) -> discord.ui.LayoutView | None:
        """Return what the message with the button shows now: the job's card, or the queue page.

        None for a card that may show pictures, which its last edit must keep.
        """
        if interaction.message is None or interaction.message.id == job.message_id:
            return None if job.draft.count > 1 else self._cards.cancelled(cancelled)
        jobs = await self._queue.open_jobs(interaction.user.id)
        return self._page.page(await self._languages.of(interaction), jobs)


def _is_own(interaction: Interaction, job: Job) -> bool:
    return job.requester.user_id == interaction.user.id


def _require_manageable(interaction: Interaction, job: Job) -> None:
    if not may_manage(interaction, job):
        raise RuleBroken("not-yours")


async def setup(bot: ImageBot) -> None:
    """Register the buttons."""
    services = bot.services
    cog = RemovalCog(services.requests, services.queue, bot.results.removal, bot.presentation)
    bot.job_actions.register(
        {
            "delete": cog.delete,
            "confirm": cog.confirm,
            "keep": cog.keep,
            "remove": cog.remove,
            "cancel": cog.cancel,
        }
    )
