"""The /remix and /remix-file commands."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.ui.i18n.command_translator import localized
from bot.ui.intake.autocomplete import Autocomplete
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
from bot.ui.intake.references.nearest_results import NearestResults
from bot.ui.intake.references.resolver import References

_OPTIONS = ("url", "size", "style", "show")
_FILE_OPTIONS = ("image", "image2", "image3", "image4", "size", "style", "show")
_HINTS = {"prompt": localized("hint.remix-prompt"), "ratio": localized("hint.remix-ratio")}


class RemixCog(commands.Cog):
    """Remixes a picture from a URL, a message, an earlier result or an upload."""

    def __init__(
        self,
        intake: InteractionIntake,
        references: References,
        nearest: NearestResults,
        autocomplete: Autocomplete,
    ) -> None:
        self._intake = intake
        self._references = references
        self._nearest = nearest
        self._autocomplete = autocomplete

    @app_commands.command(name=localized("command.remix"), description=localized("about.remix"))
    @app_commands.describe(**option_descriptions(*_OPTIONS, **_HINTS))
    @app_commands.rename(**option_names(*_OPTIONS, "prompt", "ratio"))
    async def remix(
        self,
        interaction: discord.Interaction[Any],
        url: app_commands.Range[str, 1, 2000],
        prompt: PromptOption,
        ratio: RatioOption = None,
        size: SizeOption = None,
        style: StyleOption = None,
        show: bool = False,
    ) -> None:
        """Remix the picture at a URL or in a message."""
        await self._intake.accept_remix(
            interaction,
            build_draft("remix", prompt, ratio, size, style, show_references=show),
            lambda: self._nearest.resolve(interaction, url),
        )

    @app_commands.command(name=localized("command.remix-file"), description=localized("about.remix-file"))
    @app_commands.describe(**option_descriptions(*_FILE_OPTIONS, **_HINTS))
    @app_commands.rename(**option_names(*_FILE_OPTIONS, "prompt", "ratio"))
    async def remix_file(
        self,
        interaction: discord.Interaction[Any],
        image: discord.Attachment,
        prompt: PromptOption,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        ratio: RatioOption = None,
        size: SizeOption = None,
        style: StyleOption = None,
        show: bool = False,
    ) -> None:
        """Remix uploads."""
        draft = build_draft("remix", prompt, ratio, size, style, show_references=show)
        images = [each for each in (image, image2, image3, image4) if each is not None]
        await self._intake.accept_remix(interaction, draft, *self._references.find_uploads(images))

    @remix.autocomplete("style")
    @remix_file.autocomplete("style")
    async def find_style(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest styles."""
        return await self._autocomplete.styles(interaction, typed)

    @remix.autocomplete("url")
    async def find(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """Suggest results by words of their prompts."""
        return await self._autocomplete.results(interaction, typed)


async def setup(bot: ImageBot) -> None:
    """Register the cog."""
    nearest = NearestResults(bot.intake.references, bot.services.queries, bot.limits)
    await bot.add_cog(
        RemixCog(bot.intake.interactions, bot.intake.references, nearest, bot.intake.autocomplete)
    )
