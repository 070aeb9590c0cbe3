"""The modal of Edit and Remix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, cast, get_args

import discord
from discord import ui

from bot.domain.models import DefaultedField, Draft, Ratio, Size, Style
from bot.domain.request_rules import MAX_PICTURES, PROMPT_LIMIT
from bot.ui.components import CardModal, Errors, Interaction, selected_value
from bot.ui.i18n.texts import Texts
from bot.ui.intake.forms.style_field import StyleField

_MAX_FIELDS = 5
"""Fields of a form."""
Submit = Callable[[Interaction, Draft, Sequence[discord.Attachment]], Awaitable[object]]
"""Goes on with an edited draft and the files that were uploaded for it."""


class RequestModal(CardModal):
    """Asks for prompt, ratio, size and style, prefilled from ``draft``.

    That of a ``remix`` takes at most ``files`` uploads, the other one asks how many pictures to draw.
    ``submit`` gets the edited draft and the uploads.
    """

    def __init__(
        self,
        texts: Texts,
        errors: Errors,
        locale: str,
        draft: Draft,
        submit: Submit,
        *,
        remix: bool,
        styles: Sequence[Style] = (),
        files: int = 0,
    ) -> None:
        request = draft.request
        super().__init__(errors, title=texts(locale, "modal.remix-title" if remix else "modal.edit-title"))
        self._draft = draft
        self._submit = submit
        self._prompt = ui.TextInput[Any](
            style=discord.TextStyle.paragraph,
            default=request.prompt or None,
            placeholder=texts(locale, "modal.remix-hint" if remix else "modal.prompt-hint"),
            max_length=PROMPT_LIMIT,
        )
        self._ratio = _select(texts, locale, "ratio", get_args(Ratio), request.ratio)
        self._size = _select(texts, locale, "size", get_args(Size), request.size)
        for name, field in (("prompt", self._prompt), ("ratio", self._ratio), ("size", self._size)):
            self.add_item(ui.Label[Any](text=texts(locale, f"modal.{name}"), component=field))
        self._files = ui.FileUpload[Any](required=False, min_values=0, max_values=files) if files else None
        self._count = None if remix or draft.compared else _counts(draft.count)
        room = _MAX_FIELDS - len(self.children) - (1 if self._files or self._count else 0)
        self._style = (
            StyleField(texts, locale, draft.style, styles, room=room) if styles or draft.style else None
        )
        for label in self._style.labels() if self._style else []:
            self.add_item(label)
        if self._count is not None:
            self.add_item(ui.Label[Any](text=texts(locale, "modal.count"), component=self._count))
        if self._files is not None:
            about = texts(locale, "modal.more-pictures-hint")
            label = texts(locale, "modal.more-pictures")
            self.add_item(ui.Label[Any](text=label, description=about, component=self._files))

    async def submitted(self, interaction: Interaction) -> None:
        """Submit the edited draft."""
        request = replace(
            self._draft.request,
            prompt=self._prompt.value,
            ratio=cast("Ratio", selected_value(self._ratio)),
            size=cast("Size", selected_value(self._size)),
        )
        # Without a style menu the preferred style still applies; a model is never asked for.
        open_: set[DefaultedField] = {"model"} if self._style else {"model", "style"}
        style = self._style.chosen() if self._style else self._draft.style
        count = self._draft.count if self._count is None else int(selected_value(self._count))
        open_fields = self._draft.defaulted & open_
        draft = replace(self._draft, request=request, style=style, count=count, defaulted=open_fields)
        await self._submit(interaction, draft, self._files.values if self._files else ())


def _counts(chosen: int) -> ui.Select[Any]:
    numbers = range(1, MAX_PICTURES + 1)
    return ui.Select(
        options=[
            discord.SelectOption(label=str(number), value=str(number), default=number == chosen)
            for number in numbers
        ]
    )


def _select(texts: Texts, locale: str, section: str, values: tuple[str, ...], chosen: str) -> ui.Select[Any]:
    return ui.Select(
        options=[
            discord.SelectOption(
                label=texts(locale, f"{section}.{value}"), value=value, default=value == chosen
            )
            for value in values
        ]
    )
