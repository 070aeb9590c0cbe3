"""Answers what is refused before there is a request: where it was a picture, another one can be given."""

from __future__ import annotations

from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, ImageRequest
from bot.ui.components import Interaction
from bot.ui.errors import ErrorPresenter
from bot.ui.intake.interactions.intake import InteractionIntake
from bot.ui.intake.offers import NO_CONSENT, Choice, Offers, RefusedRequest

_REMIX = Draft(
    kind="remix",
    request=ImageRequest(prompt=""),
    defaulted=frozenset({"ratio", "size", "style", "model"}),
)


class RemixRefusals:
    """Presents errors of buttons and menus; one about consent comes with a form for another picture."""

    def __init__(self, errors: ErrorPresenter, offers: Offers, intake: InteractionIntake) -> None:
        self._errors = errors
        self._offers = offers
        self._intake = intake

    async def present(self, interaction: Interaction, error: Exception) -> None:
        """Answer an interaction that failed; never raises."""
        card = None
        if isinstance(error, RuleBroken) and error.rule in NO_CONSENT:
            refused = RefusedRequest(user_id=interaction.user.id, prompt=str, repeat=self._remix)
            card = self._offers.another_picture(error, refused)
        await self._errors.present(interaction, error, card)

    async def _remix(self, modal: Interaction, choice: Choice) -> None:
        await self._intake.accept_remix(modal, choice.changed(_REMIX), *choice.selected(()))
