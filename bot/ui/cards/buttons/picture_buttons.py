"""Buttons of one picture of a result, with the job's id and the picture's number in their custom_id."""

from __future__ import annotations

import re
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

from bot.domain.models import Job
from bot.ui.components import CardButton

PictureAction = Literal["open", "vary", "edit", "remix", "upscale", "save", "original", "link", "continue"]


class PictureButton(
    CardButton,
    template=(
        rf"picture:(?P<action>{'|'.join(get_args(PictureAction))})"
        r":(?P<job>[0-9]{1,19}):(?P<number>[1-9])(?::(?P<copy>[0-9]{1,20}))?"
    ),
):
    """A button of the picture ``number``, counted from 1; ``copy_id`` is as of ``JobButton``."""

    def __init__(
        self, action: PictureAction, job_id: int, number: int, label: str, copy_id: int | None = None
    ) -> None:
        custom_id = f"picture:{action}:{job_id}:{number}" + (f":{copy_id}" if copy_id else "")
        super().__init__(ui.Button(label=label, custom_id=custom_id))
        self.action: PictureAction = action
        self.job_id = job_id
        self.number = number
        self.copy_id = copy_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PictureButton:
        """Rebuild the button that was pressed."""
        copy_id = int(match["copy"]) if match["copy"] else None
        action = cast("PictureAction", match["action"])
        return cls(action, int(match["job"]), int(match["number"]), "…", copy_id)


def number_buttons(job: Job, action: PictureAction, count: int) -> list[ui.Item[Any]]:
    """Return a button with the number of each of ``count`` pictures of a result."""
    return [PictureButton(action, job.id, number, str(number), job.copy_id) for number in range(1, count + 1)]
