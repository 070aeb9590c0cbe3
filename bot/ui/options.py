"""The options that commands share, each choice labelled with its use."""

from __future__ import annotations

from typing import Any, TypeAlias, cast, get_args

import discord
from discord import app_commands

from bot.models import Ratio, Size
from bot.rules import PROMPT_LIMIT
from bot.ui.texts import DEFAULT, Texts

_TEXTS = Texts.load()


class _Labelled(app_commands.Transformer):
    """One of a few values; anything else is refused by discord.py before the command runs."""

    section: str
    values: tuple[str, ...]

    @property
    def choices(self) -> list[app_commands.Choice[int | float | str]]:
        """The values with their labels."""
        return [
            app_commands.Choice(name=_TEXTS(DEFAULT, f"{self.section}.{value}"), value=value)
            for value in self.values
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: Any, /) -> str:
        """Return the value if it is one of them."""
        if value not in self.values:
            raise app_commands.TransformerError(value, self.type, self)
        return cast("str", value)


class _RatioOption(_Labelled):
    section = "ratio"
    values = get_args(Ratio)


class _SizeOption(_Labelled):
    section = "size"
    values = get_args(Size)


RatioOption: TypeAlias = app_commands.Transform[Ratio, _RatioOption]
SizeOption: TypeAlias = app_commands.Transform[Size, _SizeOption]
PromptOption: TypeAlias = app_commands.Range[str, 1, PROMPT_LIMIT]

RATIO_HINT = "The picture's shape"
SIZE_HINT = "How large: 2K if you don't choose"
