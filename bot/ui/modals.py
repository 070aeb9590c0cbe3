"""The forms behind Edit and Remix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, cast, get_args

import discord
from discord import ui

from bot.models import ImageRequest, Ratio, Size
from bot.rules import PROMPT_LIMIT
from bot.ui.failures import Failures
from bot.ui.media import Media
from bot.ui.texts import Texts, shorten

_MOST_OPTIONS = 25
_DESCRIPTION_LIMIT = 100
Submit = Callable[[discord.Interaction[Any], ImageRequest], Awaitable[object]]


class RequestModal(ui.Modal):
    """Asks for prompt, ratio and size, prefilled from ``request``; ``submit`` gets the changed one.

    Where there are several ``pictures`` it asks which one, and ``picture`` is the answer, counted from 1.
    """

    def __init__(
        self,
        texts: Texts,
        failures: Failures,
        locale: str,
        request: ImageRequest,
        submit: Submit,
        *,
        remix: bool,
        pictures: Sequence[Media] = (),
    ) -> None:
        super().__init__(title=texts(locale, "modal.remix-title" if remix else "modal.edit-title"))
        self._failures = failures
        self._request = request
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
        self._picture = _which(pictures) if len(pictures) > 1 else None
        if self._picture is not None:
            self.add_item(ui.Label[Any](text=texts(locale, "modal.picture"), component=self._picture))

    @property
    def picture(self) -> int:
        """Which picture was chosen, counted from 1."""
        return int(self._picture.values[0]) if self._picture is not None else 1

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Hand over what was filled in."""
        request = replace(
            self._request,
            prompt=self._prompt.value,
            ratio=cast("Ratio", self._ratio.values[0]),
            size=cast("Size", self._size.values[0]),
        )
        await self._submit(interaction, request)

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Tell the person what went wrong."""
        await self._failures.tell(interaction, error)


def _which(pictures: Sequence[Media]) -> ui.Select[Any]:
    """Offer pictures by what tells them apart without seeing them: their place, size and name."""
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
