"""The door /imagine."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.client import ImageBot
from bot.models import Draft, ImageRequest
from bot.rules import MOST_PICTURES
from bot.ui.desk import Desk
from bot.ui.options import RATIO_HINT, SIZE_HINT, PromptOption, RatioOption, SizeOption

_Count = app_commands.Range[int, 1, MOST_PICTURES]
_HINTS: dict[str, Any] = {
    "prompt": "What the picture should show: subject, setting, light, mood, style",
    "ratio": RATIO_HINT,
    "size": SIZE_HINT,
    "count": "How many pictures: 1 if you don't choose",
}


def imagine(desk: Desk, models: tuple[str, ...]) -> app_commands.Command[Any, ..., None]:
    """Build the command; it asks for a model only where there is a choice."""

    async def with_model(
        interaction: discord.Interaction[Any],
        prompt: PromptOption,
        ratio: RatioOption = "1:1",
        size: SizeOption = "2K",
        count: _Count = 1,
        model: str | None = None,
    ) -> None:
        request = ImageRequest(prompt=prompt, ratio=ratio, size=size, model=model)
        await desk.accept(interaction, Draft(kind="imagine", request=request, count=count))

    async def plain(
        interaction: discord.Interaction[Any],
        prompt: PromptOption,
        ratio: RatioOption = "1:1",
        size: SizeOption = "2K",
        count: _Count = 1,
    ) -> None:
        await with_model(interaction, prompt, ratio, size, count)

    describe, hints = "Draw pictures from a description", dict(_HINTS)
    if len(models) == 1:
        return app_commands.command(name="imagine", description=describe)(
            app_commands.describe(**hints)(plain)
        )
    hints["model"] = f"Which model draws: {models[0]} if you don't choose"
    choices = app_commands.choices(model=[app_commands.Choice(name=model, value=model) for model in models])
    return app_commands.command(name="imagine", description=describe)(
        app_commands.describe(**hints)(choices(with_model))
    )


async def setup(bot: ImageBot) -> None:
    """Open the door."""
    bot.tree.add_command(imagine(bot.desk, bot.service.models))
