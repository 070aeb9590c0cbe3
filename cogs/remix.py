"""The doors /remix and /remix-file."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.ui.i18n.command_translator import said
from bot.ui.intake.autocomplete import Suggestions
from bot.ui.intake.command_options import (
    PromptOption,
    RatioOption,
    SizeOption,
    StyleOption,
    draft,
    hinted,
    named,
)
from bot.ui.intake.interactions import Desk
from bot.ui.intake.references import References

_OPTIONS = ("url", "ratio", "size", "style")
_FILE_OPTIONS = ("image", "ratio", "size", "style")


class Remix(commands.Cog):
    """Picture to picture."""

    def __init__(self, desk: Desk, references: References, suggestions: Suggestions) -> None:
        self._desk = desk
        self._references = references
        self._suggestions = suggestions

    @app_commands.command(name=said("command.remix"), description=said("about.remix"))
    @app_commands.describe(**hinted(*_OPTIONS, prompt=said("hint.remix-prompt")))
    @app_commands.rename(**named(*_OPTIONS, "prompt"))
    async def remix(
        self,
        interaction: discord.Interaction[Any],
        url: app_commands.Range[str, 1, 2000],
        prompt: PromptOption,
        ratio: RatioOption = None,
        size: SizeOption = None,
        style: StyleOption = None,
    ) -> None:
        """Take a remix of the picture at a URL or in a message."""
        await self._desk.accept_remix(
            interaction,
            draft("remix", prompt, ratio, size, style),
            lambda: self._references.from_text(url, interaction.user),
        )

    @app_commands.command(name=said("command.remix-file"), description=said("about.remix-file"))
    @app_commands.describe(**hinted(*_FILE_OPTIONS, prompt=said("hint.remix-prompt")))
    @app_commands.rename(**named(*_FILE_OPTIONS, "prompt"))
    async def remix_file(
        self,
        interaction: discord.Interaction[Any],
        image: discord.Attachment,
        prompt: PromptOption,
        ratio: RatioOption = None,
        size: SizeOption = None,
        style: StyleOption = None,
    ) -> None:
        """Take a remix of an upload."""
        asked = draft("remix", prompt, ratio, size, style)
        await self._desk.accept_remix(interaction, asked, lambda: self._references.from_upload(image))

    @remix.autocomplete("style")
    @remix_file.autocomplete("style")
    async def find_style(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer styles."""
        return await self._suggestions.styles(interaction, typed)

    @remix.autocomplete("url")
    async def find(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """Offer results by words of their prompts."""
        return await self._suggestions.results(interaction, typed)


async def setup(bot: ImageBot) -> None:
    """Open the doors."""
    await bot.add_cog(Remix(bot.desk, bot.references, bot.suggestions))
