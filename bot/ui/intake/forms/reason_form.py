"""The modal in which moderators may say why they remove something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from discord import ui

from bot.domain.requests.cancellation import REASON_LIMIT
from bot.ui.components import CardModal, Errors, Interaction
from bot.ui.i18n.texts import Texts

Removal = Literal["cancel", "delete"]
SubmitReason = Callable[[Interaction, str], Awaitable[object]]


class ReasonModal(CardModal):
    """Asks for an optional reason, and thereby for a confirmation; ``submit`` gets the reason."""

    def __init__(
        self, texts: Texts, errors: Errors, locale: str, removal: Removal, submit: SubmitReason
    ) -> None:
        super().__init__(errors, title=texts(locale, f"reason.{removal}"))
        self._submit = submit
        self._reason = ui.TextInput[Any](required=False, max_length=REASON_LIMIT)
        self.add_item(
            ui.Label[Any](
                text=texts(locale, "pause.why"),
                description=texts(locale, f"reason.{removal}-use"),
                component=self._reason,
            )
        )

    async def submitted(self, interaction: Interaction) -> None:
        """Pass on the reason."""
        await self._submit(interaction, self._reason.value.strip())
