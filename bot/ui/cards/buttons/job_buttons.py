"""Buttons of a job, with its id in their custom_id, so that they work after a restart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

from bot.ui.components import CardButton, each_component

JobAction = Literal[
    "again",
    "edit",
    "remix",
    "upscale",
    "more",
    "delete",
    "confirm",
    "keep",
    "remove",
    "cancel",
    "redo",
    "replace",
    "reshape",
    "open",
    "post",
    "original",
    "save",
    "save-all",
    "vary",
    "anew",
    "before",
    "star",
    "unstar",
]

_STYLES: dict[JobAction, discord.ButtonStyle] = {
    "again": discord.ButtonStyle.primary,
    "replace": discord.ButtonStyle.primary,
    "reshape": discord.ButtonStyle.primary,
    "anew": discord.ButtonStyle.primary,
    "delete": discord.ButtonStyle.danger,
    "confirm": discord.ButtonStyle.danger,
    "remove": discord.ButtonStyle.danger,
}
STORAGE_WAIT_ID = 1001
"""The component id of the text that tells that a request waits for the database."""
_CUSTOM_ID = (
    rf"job:(?P<action>{'|'.join(get_args(JobAction))}):(?P<job>[0-9]{{1,19}})(?::(?P<copy>[0-9]{{1,20}}))?"
)


def job_buttons_in(components: Sequence[Any]) -> Iterator[tuple[JobAction, int]]:
    """Yield the action and the job id of each job button in a message's components."""
    for component in each_component(components):
        custom_id: object = component.custom_id if isinstance(component, discord.Button) else None
        if isinstance(custom_id, str) and (found := re.fullmatch(_CUSTOM_ID, custom_id)):
            yield cast("JobAction", found["action"]), int(found["job"])


def has_pictures(components: Sequence[Any]) -> bool:
    """Whether a message's components show pictures."""
    return any(isinstance(each, discord.MediaGalleryComponent) for each in each_component(components))


def shows_storage_wait(components: Sequence[Any]) -> bool:
    """Whether a message's components tell that its request waits for the database."""
    return any(
        isinstance(each, discord.TextDisplay) and each.id == STORAGE_WAIT_ID
        for each in each_component(components)
    )


class JobButton(CardButton, template=_CUSTOM_ID):
    """A button of a job's card; ``copy_id`` is the message of a copy of its answer that is meant instead."""

    def __init__(self, action: JobAction, job_id: int, label: str, copy_id: int | None = None) -> None:
        super().__init__(
            ui.Button(
                label=label,
                style=_STYLES.get(action, discord.ButtonStyle.secondary),
                custom_id=f"job:{action}:{job_id}" + (f":{copy_id}" if copy_id else ""),
            )
        )
        self.action: JobAction = action
        self.job_id = job_id
        self.copy_id = copy_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> JobButton:
        """Rebuild the button that was pressed."""
        copy_id = int(match["copy"]) if match["copy"] else None
        return cls(cast("JobAction", match["action"]), int(match["job"]), "…", copy_id)
