"""Try with: the same request with another model, by a button for one and a menu for several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

import discord
from discord import ui

from bot.domain.image_models.catalogue import Model, in_language
from bot.domain.models import Job
from bot.ui.components import CardButton, CardSelect, single_value
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.model_options import ModelOptions

_LABEL_LIMIT = 80
_ID = r"(?P<job>[0-9]{1,19}):(?P<copy>[0-9]{1,20})"


class TryButton(CardButton, template=rf"try:{_ID}:(?P<model>.{{1,60}})"):
    """Repeats a job's request with one other model; ``copy_id`` is as of ``JobButton``."""

    action = "try"

    def __init__(self, job_id: int, copy_id: int | None, model: str, label: str) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"try:{job_id}:{copy_id or 0}:{model}"))
        self.job_id = job_id
        self.copy_id = copy_id
        self.model = model

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> TryButton:
        """Rebuild the button that was pressed."""
        return cls(int(match["job"]), int(match["copy"]) or None, match["model"], "…")


class TrySelect(CardSelect, template=rf"try:{_ID}"):
    """Repeats a job's request with the model that is selected; ``copy_id`` is as of ``JobButton``."""

    action = "try"

    def __init__(self, item: ui.Select[Any], job_id: int, copy_id: int | None) -> None:
        item.custom_id = f"try:{job_id}:{copy_id or 0}"
        super().__init__(item)
        self.job_id = job_id
        self.copy_id = copy_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> TrySelect:
        """Rebuild the menu that was used."""
        menu = cast("ui.Select[Any]", item)  # the template matches no other part
        return cls(menu, int(match["job"]), int(match["copy"]) or None)

    @property
    def model(self) -> str:
        """The id of the selected model; raise ``RuleBroken`` unless there is one."""
        return single_value(self.item)


class TryWith:
    """Builds the row of a card in its language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._options = ModelOptions(texts)

    def rows(self, job: Job, models: Sequence[Model]) -> list[ui.ActionRow[Any]]:
        """Return the row that offers these models; none for none."""
        if not models:
            return []
        return [
            ui.ActionRow[Any](self._button(job, models[0]) if len(models) == 1 else self._menu(job, models))
        ]

    def _button(self, job: Job, model: Model) -> Any:
        locale = job.requester.locale
        name = in_language(model.label, self._texts.closest(locale))
        label = shorten(self._texts(locale, "button.try", model=name), _LABEL_LIMIT)
        return TryButton(job.id, job.copy_id, model.id, label)

    def _menu(self, job: Job, models: Sequence[Model]) -> Any:
        locale = job.requester.locale
        menu = ui.Select[Any](
            placeholder=self._texts(locale, "card.try-with"), options=self._options.options(locale, models)
        )
        return TrySelect(menu, job.id, job.copy_id)
