"""Submits an earlier request again, perhaps changed."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.models import Draft, Job
from bot.ui.components import Interaction
from bot.ui.intake.interactions.intake import InteractionIntake
from bot.ui.intake.references.reference_list import FindReference
from bot.ui.intake.references.resolver import References


class Repeats:
    """Submits requests made from jobs, with the references of these."""

    def __init__(self, intake: InteractionIntake, references: References) -> None:
        self._intake = intake
        self._references = references

    async def submit(self, interaction: Interaction, job: Job, draft: Draft) -> bool:
        """Submit a draft made from a job's; return whether it was accepted."""
        # A spoiler set by the channel of the original doesn't apply to another channel. Nor does the choice
        # to show the references, which is its requester's.
        draft = replace(draft, references=(), spoiler=False)
        return await self._intake.accept_remix(interaction, draft, *self.find_again(interaction, job))

    def find_again(self, interaction: Interaction, job: Job) -> list[FindReference]:
        """Return what resolves a job's references for a request made from it."""
        return self._references.find_again(job, interaction.user, keep_shown=_is_same_place(interaction, job))


def _is_same_place(interaction: Interaction, job: Job) -> bool:
    """Whether a job is repeated by its requester in its own channel."""
    requester = job.requester
    return (requester.user_id, requester.channel_id) == (interaction.user.id, interaction.channel_id)
