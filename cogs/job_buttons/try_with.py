"""Try with: the same request with another model."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.errors import RuleBroken
from bot.domain.image_models.alternatives import may_try
from bot.domain.models import Job
from bot.domain.requests.asked import asked_ratio, asked_size
from bot.domain.requests.cancellation import BY_ASKER
from bot.gateway.client import ImageBot
from bot.services.requests import RequestService
from bot.ui.cards.buttons.try_with import TryButton, TrySelect
from bot.ui.components import Interaction
from bot.ui.delivery.results.removal import JobRemoval
from bot.ui.intake.repeats import Repeats


class TryWithCog:
    """Submits a job's request with another model, as a request of the person who presses."""

    def __init__(self, repeats: Repeats, requests: RequestService, removal: JobRemoval) -> None:
        self._repeats = repeats
        self._requests = requests
        self._removal = removal

    async def try_with(self, interaction: Interaction, job: Job, model_id: str) -> None:
        """Submit the request; one of one's own that still waits is cancelled then."""
        model = self._requests.config.models.find(model_id)
        if model is None or not may_try(job, model):
            raise RuleBroken("choice-gone")
        drawn = job.draft.request
        request = replace(
            drawn,
            model=model.id,
            ratio=asked_ratio(job) or drawn.ratio,
            size=asked_size(job) or drawn.size,
        )
        accepted = await self._repeats.submit(interaction, job, replace(job.draft, request=request))
        if accepted and job.state == "waiting" and job.requester.user_id == interaction.user.id:
            await self._cancel(job)

    async def _cancel(self, job: Job) -> None:
        try:
            cancelled = await self._requests.cancel(job.id, job.requester.user_id, BY_ASKER)
        except RuleBroken:  # it was drawn in the meantime
            return
        await self._removal.show_cancelled(job, cancelled)


async def setup(bot: ImageBot) -> None:
    """Register the button and the menu."""
    repeats = Repeats(bot.intake.interactions, bot.intake.references)
    cog = TryWithCog(repeats, bot.services.requests, bot.results.removal)
    bot.job_actions.register_for_models({"try": cog.try_with})
    bot.controls.register(TryButton, bot.job_actions.handle_model)
    bot.controls.register(TrySelect, bot.job_actions.handle_model)
