"""Asks which of several pictures of a result is meant."""

from __future__ import annotations

from bot.domain.errors import RuleBroken
from bot.domain.models import Job
from bot.ui import outgoing
from bot.ui.cards.buttons.picture_buttons import PictureAction
from bot.ui.cards.picture_cards import MakeCard, PictureCards
from bot.ui.components import Interaction
from bot.ui.i18n.languages import Languages
from bot.ui.intake.references.media import pictures_in
from bot.ui.intake.references.resolver import References


class PictureQuestion:
    """Shows cards with the pictures of a result to one user."""

    def __init__(self, references: References, cards: PictureCards, languages: Languages) -> None:
        self._references = references
        self._cards = cards
        self._languages = languages

    async def ask(self, interaction: Interaction, job: Job, action: PictureAction) -> None:
        """Show a small gallery with a button for each picture; ``action`` follows."""
        await self.show(
            interaction, job, lambda locale, pictures: self._cards.question(locale, job, pictures, action)
        )

    async def show(self, interaction: Interaction, job: Job, make_card: MakeCard) -> None:
        """Answer with a card that shows pictures of a result; raise ``RuleBroken`` when they are gone."""
        locale = await self._languages.of(interaction)
        message, answered = interaction.message, interaction.response.is_done()
        on_card = not answered and message is not None and message.id == job.message_id
        if on_card and message is not None and (pictures := pictures_in(message)):
            await outgoing.respond(interaction, make_card(locale, pictures))
            return
        if not answered:
            await interaction.response.defer(ephemeral=True, thinking=True)
        if not (pictures := await self._references.pictures_of(job)):
            raise RuleBroken("not-there")
        await outgoing.edit_response(interaction, make_card(locale, pictures))
