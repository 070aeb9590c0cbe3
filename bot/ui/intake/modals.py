"""The modal of Edit and Remix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, cast, get_args

import discord
from discord import ui

from bot.domain.models import DefaultedField, Draft, Ratio, Size, Style
from bot.domain.request_rules import PROMPT_LIMIT
from bot.ui.components import CardModal, Errors, Interaction, selected_value
from bot.ui.i18n.texts import Texts
from bot.ui.intake.style_field import StyleField

_MAX_FIELDS = 5
"""Fields of a form."""
Submit = Callable[[Interaction, Draft], Awaitable[object]]


class RequestModal(CardModal):
    """Asks for prompt, ratio, size and style, prefilled from ``draft``; ``submit`` gets the edited draft."""

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
        room = _MAX_FIELDS - len(self.children)
        self._style = (
            StyleField(texts, locale, draft.style, styles, room=room) if styles or draft.style else None
        )
        for label in self._style.labels() if self._style else []:
            self.add_item(label)

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
        draft = replace(self._draft, request=request, style=style, defaulted=self._draft.defaulted & open_)
        await self._submit(interaction, draft)


def _select(texts: Texts, locale: str, section: str, values: tuple[str, ...], chosen: str) -> ui.Select[Any]:
    return ui.Select(
        options=[
            discord.SelectOption(
                label=texts(locale, f"{section}.{value}"), value=value, default=value == chosen
            )
            for value in values
        ]
    )
