"""The job buttons that draw a request again: Again, Edit, another size, ratio or reference."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bot.domain import request_rules
from bot.domain.errors import REFERENCE
from bot.domain.models import DefaultedField, Draft, Job, Parent, Size
from bot.domain.requests.asked import asked_size, other_ratio
from bot.domain.requests.edits import kept_model, parent_of_edit
from bot.domain.requests.redraws import is_redraw
from bot.gateway.client import ImageBot
from bot.services.queries import QueryService
from bot.ui.cards.buttons.job_actions import JobHandler
from bot.ui.cards.buttons.job_buttons import JobAction
from bot.ui.components import Interaction
from bot.ui.intake.forms.edit_form import Forms
from bot.ui.intake.forms.picture_form import PictureChoice
from bot.ui.intake.interactions.intake import InteractionIntake
from bot.ui.intake.interactions.storage import InteractionStorage
from bot.ui.intake.references.resolved_reference import require_editable
from bot.ui.intake.references.resolver import References
from bot.ui.intake.repeats import Repeats


class RedrawCog:
    """Submits requests made from earlier jobs."""

    def __init__(
        self,
        intake: InteractionIntake,
        storage: InteractionStorage,
        repeats: Repeats,
        references: References,
        forms: Forms,
        queries: QueryService,
    ) -> None:
        self._intake = intake
        self._storage = storage
        self._repeats = repeats
        self._queries = queries
        self._references = references
        self._forms = forms

    async def again(self, interaction: Interaction, job: Job) -> None:
        """Repeat a job."""
        await self._repeats.submit(interaction, job, kept_model(job.draft))

    async def anew(self, interaction: Interaction, job: Job) -> None:
        """Draw the prompt of a 4K redraw at 4K, without the picture that was refused.

        Where that came from a remix, its reference is used again.
        """
        draft = kept_model(replace(job.draft, kind="imagine", references=(), parent=None))
        origin = await self._storage.read(interaction, lambda: self._origin(job))
        finds = self._references.find_again(origin, interaction.user) if origin else []
        await self._intake.accept_remix(interaction, draft, *finds)

    async def _origin(self, job: Job) -> Job | None:
        """Return the job whose result was redrawn, where that is still known."""
        parent = job.draft.parent
        return None if parent is None else await self._queries.find(parent.job_id)

    async def redo(self, interaction: Interaction, job: Job) -> None:
        """Repeat a job at another size, which older cards offer in place of a refused one."""
        size = request_rules.alternative_size(job.draft.request.size)
        await self._repeats.submit(interaction, job, kept_model(_sized(job, size)))

    async def reshape(self, interaction: Interaction, job: Job) -> None:
        """Repeat a job in the ratio offered in place of one that is drawn in no size."""
        request = job.draft.request
        size = asked_size(job) or request.size
        request = replace(request, ratio=other_ratio(job), size=size)
        await self._repeats.submit(interaction, job, kept_model(replace(job.draft, request=request)))

    async def edit(self, interaction: Interaction, job: Job) -> None:
        """Show a job's request in a form and submit the edited one.

        That of a redraw starts from its result: its own request only says what was kept.
        """
        if is_redraw(job) and job.pictures:
            await self._edit_result(interaction, job)
        else:
            await self._edit(interaction, job, parent_of_edit(job))

    async def edit_picture(self, interaction: Interaction, job: Job, number: int) -> None:
        """Show the request of one of several pictures in a form, for one picture."""
        one = replace(job, draft=replace(job.draft, count=1))
        await self._edit(interaction, one, parent_of_edit(job, number))

    async def _edit(self, interaction: Interaction, job: Job, parent: Parent | None) -> None:
        require_editable(job, interaction.user)

        async def submit(modal: Interaction, draft: Draft, _: object) -> None:
            await self._repeats.submit(modal, job, kept_model(draft))

        # With a prompt of its own, a redraw is a remix of its picture.
        kind = "imagine" if job.draft.kind == "imagine" else "remix"
        draft = kept_model(replace(job.draft, kind=kind, parent=parent))
        await self._forms.ask(interaction, draft, submit, remix=False)

    async def _edit_result(self, interaction: Interaction, job: Job) -> None:
        pressed = interaction.message

        async def submit(modal: Interaction, draft: Draft, _: object) -> None:
            find = partial(self._references.from_result, job, 1, pressed, modal.user)
            await self._intake.accept_remix(modal, kept_model(draft), find)

        draft = replace(job.draft, kind="remix", references=(), spoiler=False, parent=parent_of_edit(job))
        await self._forms.ask(interaction, kept_model(draft), submit, remix=False)

    async def use_another_picture(self, interaction: Interaction, job: Job) -> None:
        """Show a form for another picture and submit the remix with it.

        It replaces the one of several that was the problem, or all if that isn't known.
        """
        given = len(job.draft.references)
        failed = int(job.facts.get(REFERENCE, 0))
        replaced = [failed] if 1 <= failed <= given else list(range(1, max(given, 1) + 1))

        async def submit(modal: Interaction, choice: PictureChoice) -> None:
            others = self._references.find_given(choice.uploads, choice.link, modal.user)
            kept = self._repeats.find_again(modal, job)
            finds = [*kept[: replaced[0] - 1], *others, *kept[replaced[-1] :]]
            request = replace(job.draft.request, prompt=choice.prompt)
            # The former ratio was most likely the first picture's.
            followed: frozenset[DefaultedField] = frozenset({"ratio"} if replaced[0] == 1 else ())
            draft = replace(
                job.draft,
                request=request,
                references=(),
                spoiler=False,
                parent=None,
                defaulted=followed | kept_model(job.draft).defaulted,
            )
            await self._intake.accept_remix(modal, draft, *finds)

        await self._forms.ask_picture(
            interaction, job.draft.request.prompt, submit, replaced=replaced, given=given
        )


def _sized(job: Job, size: Size) -> Draft:
    return replace(job.draft, request=replace(job.draft.request, size=size))


async def setup(bot: ImageBot) -> None:
    """Register the buttons."""
    repeats = Repeats(bot.intake.interactions, bot.intake.references)
    cog = RedrawCog(
        bot.intake.interactions,
        bot.intake.storage,
        repeats,
        bot.intake.references,
        bot.intake.forms,
        bot.services.queries,
    )
    requests: dict[JobAction, JobHandler] = {
        "again": cog.again,
        "anew": cog.anew,
        "redo": cog.redo,
        "reshape": cog.reshape,
    }
    bot.job_actions.register(requests, requests=True)
    bot.job_actions.register({"edit": cog.edit, "replace": cog.use_another_picture})
    bot.job_actions.register_for_pictures({"edit": cog.edit_picture})
