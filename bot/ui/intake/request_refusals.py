"""Answers refused requests: with a question where their requester can go on from it, else with the reason."""

from __future__ import annotations

from bot.ui.components import Interaction
from bot.ui.errors import Answer, ErrorPresenter
from bot.ui.intake.offers import Offers, RefusedRequest


class RequestRefusals:
    """Presents the errors of requests, and the questions that they can be made again with."""

    def __init__(self, errors: ErrorPresenter, offers: Offers) -> None:
        self._errors = errors
        self._offers = offers

    async def present(self, interaction: Interaction, error: Exception, refused: RefusedRequest) -> None:
        """Answer the interaction of a refused request; never raises."""
        await self._errors.present(interaction, error, self._offers.card_for(error, refused))

    async def answer(self, answer: Answer, error: Exception, refused: RefusedRequest) -> None:
        """Answer a refused request in another way than an interaction; never raises."""
        await self._errors.answer(answer, error, self._offers.card_for(error, refused))
