"""The doors /remix and /remix-file."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import ImageBot
from bot.models import ImageRequest
from bot.ui.desk import Desk
from bot.ui.options import RATIO_HINT, SIZE_HINT, PromptOption, RatioOption, SizeOption
from bot.ui.references import References

_PROMPT_HINT = "What should become of the picture"


class Remix(commands.Cog):
    """Picture to picture."""

    def __init__(self, desk: Desk, references: References) -> None:
        self._desk = desk
        self._references = references

    @app_commands.command(name="remix", description="Turn a picture into another one, by its link")
    @app_commands.describe(
        url="Link of a picture, or of a message that shows one",
        prompt=_PROMPT_HINT,
        ratio=RATIO_HINT,
        size=SIZE_HINT,
    )
    async def remix(
        self,
        interaction: discord.Interaction[Any],
        url: app_commands.Range[str, 1, 2000],
        prompt: PromptOption,
        ratio: RatioOption = "1:1",
        size: SizeOption = "2K",
    ) -> None:
        """Take a remix of the picture at a URL or in a message."""
        request = ImageRequest(prompt=prompt, ratio=ratio, size=size)
        await self._desk.accept_remix(
            interaction, request, lambda: self._references.from_text(url, interaction.user)
        )

    @app_commands.command(name="remix-file", description="Turn a picture you upload into another one")
    @app_commands.describe(
        image="A JPEG, PNG, WebP, BMP, TIFF or GIF of at most 10 MB",
        prompt=_PROMPT_HINT,
        ratio=RATIO_HINT,
        size=SIZE_HINT,
    )
    async def remix_file(
        self,
        interaction: discord.Interaction[Any],
        image: discord.Attachment,
        prompt: PromptOption,
        ratio: RatioOption = "1:1",
        size: SizeOption = "2K",
    ) -> None:
        """Take a remix of an upload."""
        request = ImageRequest(prompt=prompt, ratio=ratio, size=size)
        await self._desk.accept_remix(interaction, request, lambda: self._references.from_upload(image))


async def setup(bot: ImageBot) -> None:
    """Open the doors."""
    await bot.add_cog(Remix(bot.desk, bot.references))
