"""The /compare command, where there are several models."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.domain.image_models.catalogue import Catalogue
from bot.domain.image_models.comparisons import compare
from bot.gateway.client import ImageBot
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.command_translator import localized
from bot.ui.intake.command_options import (
    PromptOption,
    RatioOption,
    SizeOption,
    StyleOption,
    build_draft,
    option_descriptions,
    option_names,
)
from bot.ui.intake.interactions.intake import InteractionIntake
from bot.ui.model_options import ModelOptions

_MODELS = ("model1", "model2", "model3", "model4")
_OPTIONS = ("prompt", "model1", "model2", "model3", "model4", "ratio", "size", "style")


def compare_command(
    intake: InteractionIntake, errors: ErrorPresenter, models: Catalogue, options: ModelOptions
) -> app_commands.Command[Any, ..., None]:
    """Build the command, which draws one picture with each of two to four models."""

    async def draw(
        interaction: discord.Interaction[Any],
        prompt: PromptOption,
        model1: str,
        model2: str,
        model3: str | None = None,
        model4: str | None = None,
        ratio: RatioOption = None,
        size: SizeOption = None,
        style: StyleOption = None,
    ) -> None:
        chosen = [model for model in (model1, model2, model3, model4) if model is not None]
        async with errors.present_errors(interaction):
            plain = build_draft("imagine", prompt, ratio, size, style, model=model1)
            await intake.accept(interaction, compare(plain, chosen))

    command = app_commands.command(name=localized("command.compare"), description=localized("about.compare"))
    offered = [options.choice(model) for model in models]
    choices: dict[str, Any] = dict.fromkeys(_MODELS, offered)
    named = app_commands.rename(**option_names(*_OPTIONS))
    described = app_commands.describe(**option_descriptions(*_OPTIONS))
    return command(named(described(app_commands.choices(**choices)(draw))))


async def setup(bot: ImageBot) -> None:
    """Register the command, unless there is nothing to compare."""
    models = bot.services.requests.config.models
    if len(models.ids) < 2:
        return
    command = compare_command(
        bot.intake.interactions, bot.presentation.errors, models, ModelOptions(bot.presentation.texts)
    )
    command.autocomplete("style")(bot.intake.autocomplete.styles)
    bot.tree.add_command(command)
