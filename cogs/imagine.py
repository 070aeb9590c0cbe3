"""The door /imagine."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.gateway.client import ImageBot
from bot.ui.i18n.command_translator import said
from bot.ui.intake.command_options import (
    CountOption,
    PromptOption,
    RatioOption,
    SizeOption,
    StyleOption,
    draft,
    hinted,
    named,
)
from bot.ui.intake.interactions import Desk

_OPTIONS = ("prompt", "ratio", "size", "style", "count")


def imagine(desk: Desk, models: tuple[str, ...]) -> app_commands.Command[Any, ..., None]:
    """Build the command; it asks for a model only where there is a choice."""

    async def with_model(
        interaction: discord.Interaction[Any],
        prompt: PromptOption,
        ratio: RatioOption = None,
        size: SizeOption = None,
        style: StyleOption = None,
        count: CountOption = 1,
        model: str | None = None,
    ) -> None:
        asked = draft("imagine", prompt, ratio, size, style, count=count, model=model)
        await desk.accept(interaction, asked)

    async def plain(
        interaction: discord.Interaction[Any],
        prompt: PromptOption,
        ratio: RatioOption = None,
        size: SizeOption = None,
        style: StyleOption = None,
        count: CountOption = 1,
    ) -> None:
        await with_model(interaction, prompt, ratio, size, style, count)

    command = app_commands.command(name=said("command.imagine"), description=said("about.imagine"))
    if len(models) == 1:
        return command(
            app_commands.rename(**named(*_OPTIONS))(app_commands.describe(**hinted(*_OPTIONS))(plain))
        )
    hints = hinted(*_OPTIONS, model=said("hint.model", model=models[0]))
    choices = app_commands.choices(model=[app_commands.Choice(name=model, value=model) for model in models])
    return command(
        choices(app_commands.rename(**named(*_OPTIONS, "model"))(app_commands.describe(**hints)(with_model)))
    )


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    command = imagine(bot.desk, bot.service.models)
    command.autocomplete("style")(bot.suggestions.styles)
    bot.tree.add_command(command)
