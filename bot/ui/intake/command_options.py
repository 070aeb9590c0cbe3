"""The options that commands share."""

from __future__ import annotations

from typing import Any, TypeAlias, cast, get_args

import discord
from discord import app_commands

from bot.domain.models import Draft, ImageRequest, JobKind, Ratio, Size, Style
from bot.domain.request_rules import MAX_PICTURES, NO_STYLE, PROMPT_LIMIT, STYLE_NAME_LIMIT
from bot.domain.requests.history_filter import HistoryKind
from bot.ui.i18n.command_translator import localized


class _Labelled(app_commands.Transformer):
    """One of a few values with labels; discord.py refuses any other before the command runs."""

    section: str
    values: tuple[str, ...]

    @property
    def choices(self) -> list[app_commands.Choice[int | float | str]]:
        """The values with their labels."""
        return [
            app_commands.Choice(name=localized(f"{self.section}.{value}"), value=value)
            for value in self.values
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: Any, /) -> str:
        """Return the value; raise ``TransformerError`` for an unknown one."""
        if value not in self.values:
            raise app_commands.TransformerError(value, self.type, self)
        return cast("str", value)


class _RatioOption(_Labelled):
    section = "ratio"
    values = get_args(Ratio)


class _SizeOption(_Labelled):
    section = "size"
    values = get_args(Size)


class _KindOption(_Labelled):
    section = "kind"
    values = get_args(HistoryKind)


KindOption: TypeAlias = app_commands.Transform[HistoryKind | None, _KindOption]
RatioOption: TypeAlias = app_commands.Transform[Ratio | None, _RatioOption]
SizeOption: TypeAlias = app_commands.Transform[Size | None, _SizeOption]
PromptOption: TypeAlias = app_commands.Range[str, 1, PROMPT_LIMIT]
StyleOption: TypeAlias = app_commands.Range[str, 1, STYLE_NAME_LIMIT] | None
CountOption: TypeAlias = app_commands.Range[int, 1, MAX_PICTURES]


def build_draft(
    kind: JobKind,
    prompt: str,
    ratio: Ratio | None,
    size: Size | None,
    style: str | None,
    *,
    count: int = 1,
    model: str | None = None,
    show_references: bool = False,
) -> Draft:
    """Build a draft from options; omitted ones are marked as defaulted."""
    values: dict[Any, Any] = {"ratio": ratio, "size": size, "model": model, "style": style}
    defaulted = frozenset(name for name, value in values.items() if value is None)
    given = {name: value for name, value in values.items() if name not in defaulted | {"style"}}
    return Draft(
        kind=kind,
        request=ImageRequest(prompt=prompt, **given),
        count=count,
        style=named_style(style or NO_STYLE),
        defaulted=defaulted,
        show_references=show_references,
    )


def named_style(name: str) -> Style | None:
    """Return a style by name alone, to be looked up later; None for the choice of no style."""
    return None if name == NO_STYLE else Style(name=" ".join(name.split()))


def option_names(*options: str) -> dict[str, app_commands.locale_str]:
    """Return the localised names of options."""
    return {option: localized(f"option.{option}") for option in options}


def option_descriptions(
    *options: str, **others: app_commands.locale_str
) -> dict[str, app_commands.locale_str]:
    """Return the localised descriptions of options."""
    return {option: localized(f"hint.{option}") for option in options} | others
