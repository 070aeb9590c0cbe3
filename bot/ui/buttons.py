"""Buttons that know a job by its id alone, so that they outlive every restart."""

from __future__ import annotations

import re
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

Action = Literal[
    "again",
    "edit",
    "remix",
    "upscale",
    "more",
    "delete",
    "cancel",
    "redo",
    "post",
    "original",
    "save",
    "star",
    "unstar",
]

_STYLES: dict[Action, discord.ButtonStyle] = {
    "again": discord.ButtonStyle.primary,
    "redo": discord.ButtonStyle.primary,
    "delete": discord.ButtonStyle.danger,
}


class JobButton(
    ui.DynamicItem[ui.Button[Any]],
    template=rf"job:(?P<action>{'|'.join(get_args(Action))}):(?P<job>[0-9]{{1,19}})",
):
    """A button of a card; a press becomes the event ``job_button(interaction, action, job_id)``."""

    def __init__(self, action: Action, job_id: int, label: str) -> None:
        super().__init__(
            ui.Button(
                label=label,
                style=_STYLES.get(action, discord.ButtonStyle.secondary),
                custom_id=f"job:{action}:{job_id}",
            )
        )
        self._action: Action = action
        self._job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> JobButton:
        """Rebuild the button that was pressed."""
        return cls(cast("Action", match["action"]), int(match["job"]), "…")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("job_button", interaction, self._action, self._job_id)
