"""The modal of Edit and Remix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, cast, get_args

import discord
from discord import ui

from bot.domain.models import DefaultedField, Draft, Ratio, Size, Style
from bot.domain.request_rules import NO_STYLE, PROMPT_LIMIT
from bot.ui.components import CardModal, Errors, Interaction
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.intake.command_options import named_style
from bot.ui.intake.media import Media

_MOST_OPTIONS = 25
_DESCRIPTION_LIMIT = 100
Submit = Callable[[Interaction, Draft, int], Awaitable[object]]


class RequestModal(CardModal):
    """Asks for prompt, ratio, size and style, prefilled from ``draft``; ``submit`` gets the edited draft.

    With several ``pictures`` it also asks which one; ``submit`` gets its number, counted from 1.
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
        pictures: Sequence[Media] = (),
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
        none = texts(locale, "style.no-style")
        self._style = _style_select(none, draft.style, styles) if styles or draft.style else None
        if self._style is not None:
            self.add_item(ui.Label[Any](text=texts(locale, "modal.style"), component=self._style))
        self._picture = _picture_select(pictures) if len(pictures) > 1 else None
        if self._picture is not None:
            self.add_item(ui.Label[Any](text=texts(locale, "modal.picture"), component=self._picture))

    async def submitted(self, interaction: Interaction) -> None:
        """Submit the edited draft."""
        request = replace(
            self._draft.request,
            prompt=self._prompt.value,
            ratio=cast("Ratio", self._ratio.values[0]),
            size=cast("Size", self._size.values[0]),
        )
        # Without a style menu the preferred style still applies.
        defaulted = self._draft.defaulted & {"style"} if self._style is None else frozenset[DefaultedField]()
        draft = replace(self._draft, request=request, style=self._selected_style(), defaulted=defaulted)
        await self._submit(interaction, draft, int(self._picture.values[0]) if self._picture else 1)

    def _selected_style(self) -> Style | None:
        before = self._draft.style
        if self._style is None or (before and self._style.values[0] == before.name):
            return before  # unchanged, even if the style was edited or deleted since
        return named_style(self._style.values[0])


def _style_select(none: str, before: Style | None, styles: Sequence[Style]) -> ui.Select[Any]:
    """Offer no style, the previous one and the available ones."""
    others = [style for style in styles if before is None or style.name != before.name]
    options = [discord.SelectOption(label=none, value=NO_STYLE, default=before is None)]
    options += [
        discord.SelectOption(
            label=style.name,
            value=style.name,
            description=shorten(style.text, _DESCRIPTION_LIMIT),
            default=style is before,
        )
        for style in (*([before] if before else []), *others)
    ]
    return ui.Select(options=options[:_MOST_OPTIONS])


def _picture_select(pictures: Sequence[Media]) -> ui.Select[Any]:
    """Offer pictures by their number, size and file name."""
    return ui.Select(
        options=[
            discord.SelectOption(
                label=" · ".join([str(number), *([f"{media.width}×{media.height}"] if media.width else [])]),
                description=shorten(media.name, _DESCRIPTION_LIMIT) or None,
                value=str(number),
                default=number == 1,
            )
            for number, media in enumerate(pictures[:_MOST_OPTIONS], 1)
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
