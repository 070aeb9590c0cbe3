"""Before: what a result was made from, and going on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from discord import Attachment

from bot.domain.models import Draft, Job, Parent
from bot.domain.requests.edits import kept_model
from bot.gateway.client import ImageBot
from bot.services.member_limits import MemberLimiter
from bot.ui import outgoing
from bot.ui.cards.before_cards import BeforeCards
from bot.ui.components import Interaction
from bot.ui.i18n.languages import Languages
from bot.ui.intake.forms.edit_form import Forms
from bot.ui.intake.interactions.intake import InteractionIntake
from bot.ui.intake.references.before import BeforeFinder, EarlierResult
from bot.ui.intake.references.resolver import References


class BeforeCog:
    """Shows the picture before a result, and edits it."""

    def __init__(
        self,
        finder: BeforeFinder,
        cards: BeforeCards,
        intake: InteractionIntake,
        references: References,
        forms: Forms,
        languages: Languages,
        references_limit: MemberLimiter,
    ) -> None:
        self._finder = finder
        self._cards = cards
        self._intake = intake
        self._references = references
        self._forms = forms
        self._languages = languages
        self._references_limit = references_limit

    async def before(self, interaction: Interaction, job: Job) -> None:
        """Show what a result was made from."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with self._references_limit.permit(interaction.user.id):
            found = await self._finder.find(job, interaction.user)
        locale = await self._languages.of(interaction)
        if isinstance(found, EarlierResult):
            await outgoing.edit_response(interaction, self._cards.result(locale, found))
        else:
            await outgoing.edit_response(interaction, self._cards.given(locale, job, found))

    async def go_on(self, interaction: Interaction, job: Job, number: int) -> None:
        """Show a form with the options of an earlier picture and submit an edit of it."""

        async def submit(modal: Interaction, draft: Draft, files: Sequence[Attachment]) -> None:
            uploads = self._references.find_uploads(files)
            find = partial(self._references.from_result, job, number, None, modal.user)
            await self._intake.accept_remix(modal, draft, find, *uploads)

        request = replace(job.draft.request, prompt="")
        parent = Parent(job_id=job.id, picture=number)
        draft = kept_model(Draft(kind="remix", request=request, style=job.draft.style, parent=parent))
        await self._forms.ask(interaction, draft, submit, remix=True)


async def setup(bot: ImageBot) -> None:
    """Register the buttons."""
    cog = BeforeCog(
        BeforeFinder(bot.services.queries, bot.intake.references),
        BeforeCards(bot.presentation.texts),
        bot.intake.interactions,
        bot.intake.references,
        bot.intake.forms,
        bot.presentation.languages,
        bot.limits.references,
    )
    bot.job_actions.register({"before": cog.before})
    bot.job_actions.register_for_pictures({"continue": cog.go_on})
