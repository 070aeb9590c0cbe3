"""The card, buttons and form by which moderators pause a member."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

from bot.domain.guild_settings import Pause
from bot.domain.requests.cancellation import REASON_LIMIT
from bot.ui.cards.layout import card
from bot.ui.components import CardButton, CardModal, Errors, Interaction, selected_value
from bot.ui.i18n.texts import Texts

PauseAction = Literal["pause", "lift"]
Duration = Literal["hour", "day", "week", "month"]

DURATION_SECONDS: dict[Duration, float] = {
    "hour": 3600.0,
    "day": 86_400.0,
    "week": 7 * 86_400.0,
    "month": 28 * 86_400.0,
}
Submit = Callable[[Interaction, float, str], Awaitable[object]]


class PauseButton(
    CardButton,
    template=rf"member:(?P<action>{'|'.join(get_args(PauseAction))}):(?P<member>[0-9]{{1,20}})",
):
    """Pauses a member or lifts the pause."""

    def __init__(self, action: PauseAction, member_id: int, label: str) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"member:{action}:{member_id}"))
        self.action: PauseAction = action
        self.member_id = member_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PauseButton:
        """Rebuild the button that was pressed."""
        return cls(cast("PauseAction", match["action"]), int(match["member"]), "…")


class PauseModal(CardModal):
    """Asks for the duration and an optional reason; ``submit`` gets the seconds and the reason."""

    def __init__(self, texts: Texts, errors: Errors, locale: str, submit: Submit) -> None:
        super().__init__(errors, title=texts(locale, "pause.title"))
        self._submit = submit
        options = [
            discord.SelectOption(
                label=texts(locale, f"pause.{duration}"), value=duration, default=duration == "day"
            )
            for duration in get_args(Duration)
        ]
        self._duration = ui.Select[Any](options=options)
        self._reason = ui.TextInput[Any](required=False, max_length=REASON_LIMIT)
        self.add_item(ui.Label[Any](text=texts(locale, "pause.how-long"), component=self._duration))
        self.add_item(
            ui.Label[Any](
                text=texts(locale, "pause.why"),
                description=texts(locale, "pause.who-reads"),
                component=self._reason,
            )
        )

    async def submitted(self, interaction: Interaction) -> None:
        """Pass on the values."""
        seconds = DURATION_SECONDS[cast("Duration", selected_value(self._duration))]
        await self._submit(interaction, seconds, self._reason.value.strip())


def pause_status_card(texts: Texts, locale: str, member_id: int, pause: Pause | None) -> ui.LayoutView:
    """Show whether a member is paused, with the buttons to change that."""
    return card(
        ui.TextDisplay(pause_status_line(texts, locale, member_id, pause)),
        pause_buttons(texts, locale, member_id, pause),
    )


def pause_status_line(texts: Texts, locale: str, member_id: int, pause: Pause | None) -> str:
    """Return whether a member is paused, until when and by whom."""
    member = f"<@{member_id}>"
    if pause is None:
        return texts(locale, "pause.none", member=member)
    until, by = math.ceil(pause.until), f"<@{pause.by_id}>"
    return texts(locale, "pause.paused", member=member, until=until, by=by)


def pause_buttons(texts: Texts, locale: str, member_id: int, pause: Pause | None) -> ui.ActionRow[Any]:
    """Return the buttons to pause a member, or to lift or change the pause."""
    if pause is None:
        buttons = [PauseButton("pause", member_id, texts(locale, "pause.pause"))]
    else:
        buttons = [
            PauseButton("lift", member_id, texts(locale, "pause.lift")),
            PauseButton("pause", member_id, texts(locale, "pause.change")),
        ]
    return ui.ActionRow[Any](*buttons)
