"""The door /imagine."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.client import ImageBot
from bot.models import Draft, ImageRequest
from bot.ui.desk import Desk
from bot.ui.options import CountOption, PromptOption, RatioOption, SizeOption, hinted, named
from bot.ui.translator import said

_OPTIONS = ("prompt", "ratio", "size", "count")


def imagine(desk: Desk, models: tuple[str, ...]) -> app_commands.Command[Any, ..., None]:
    """Build the command; it asks for a model only where there is a choice."""

    async def with_model(
        interaction: discord.Interaction[Any],
        prompt: PromptOption,
        ratio: RatioOption = "1:1",
        size: SizeOption = "2K",
        count: CountOption = 1,
        model: str | None = None,
    ) -> None:
        request = ImageRequest(prompt=prompt, ratio=ratio, size=size, model=model)
        await desk.accept(interaction, Draft(kind="imagine", request=request, count=count))

    async def plain(
        interaction: discord.Interaction[Any],
        prompt: PromptOption,
        ratio: RatioOption = "1:1",
        size: SizeOption = "2K",
        count: CountOption = 1,
    ) -> None:
        await with_model(interaction, prompt, ratio, size, count)

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
    bot.tree.add_command(imagine(bot.desk, bot.service.models))
