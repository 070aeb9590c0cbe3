"""The /imagine command."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.domain.image_models.catalogue import Catalogue, in_language
from bot.gateway.client import ImageBot
from bot.ui.i18n.command_translator import localized
from bot.ui.intake.command_options import (
    CountOption,
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

_OPTIONS = ("prompt", "ratio", "size", "style", "count")


def imagine(
    intake: InteractionIntake, models: Catalogue, options: ModelOptions
) -> app_commands.Command[Any, ..., None]:
    """Build the command; it has a ``model`` option only if there are several."""

    async def with_model(
        interaction: discord.Interaction[Any],
        prompt: PromptOption,
        ratio: RatioOption = None,
        size: SizeOption = None,
        style: StyleOption = None,
        count: CountOption = 1,
        model: str | None = None,
    ) -> None:
        draft = build_draft("imagine", prompt, ratio, size, style, count=count, model=model)
        await intake.accept(interaction, draft)

    async def plain(
        interaction: discord.Interaction[Any],
        prompt: PromptOption,
        ratio: RatioOption = None,
        size: SizeOption = None,
        style: StyleOption = None,
        count: CountOption = 1,
    ) -> None:
        await with_model(interaction, prompt, ratio, size, style, count)

    command = app_commands.command(name=localized("command.imagine"), description=localized("about.imagine"))
    if len(models.ids) == 1:
        return command(
            app_commands.rename(**option_names(*_OPTIONS))(
                app_commands.describe(**option_descriptions(*_OPTIONS))(plain)
            )
        )
    usual = in_language(models.default.label, "en")
    hints = option_descriptions(*_OPTIONS, model=localized("hint.model", model=usual))
    choices = app_commands.choices(model=[options.choice(model) for model in models])
    return command(
        choices(
            app_commands.rename(**option_names(*_OPTIONS, "model"))(
                app_commands.describe(**hints)(with_model)
            )
        )
    )


async def setup(bot: ImageBot) -> None:
    """Register the command."""
    command = imagine(
        bot.intake.interactions, bot.services.requests.config.models, ModelOptions(bot.presentation.texts)
    )
    command.autocomplete("style")(bot.intake.autocomplete.styles)
    bot.tree.add_command(command)
