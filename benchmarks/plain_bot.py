"""Two plain discord.py bots for comparison: ``plain_bot.py REST_URL GATEWAY_URL careful`` or ``bare``.

Both post what the relay sends, the usual way: aiohttp, json, b64decode, ``discord.File``. The careful one has
Pillow decode the picture first, in a thread, and looks at its size. Neither has a queue, a database, limits,
retries, originals, blocked words or a waiting card. This code stays as it is, so that figures of different
versions of the bot compare with the same.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import sys

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image

MAX_PIXELS = 50_000_000
TIMEOUT = aiohttp.ClientTimeout(total=300)


class PlainBot(discord.Client):
    """Answers ``/imagine`` with a picture and a button; checks the picture if ``careful``."""

    def __init__(self, *, careful: bool) -> None:
        super().__init__(intents=discord.Intents.none(), allowed_mentions=discord.AllowedMentions.none())
        self._careful = careful
        self._session: aiohttp.ClientSession | None = None
        tree = app_commands.CommandTree(self)

        @tree.command(name="imagine", description="Generate a picture")
        @app_commands.describe(prompt="What to show", size="1K, 2K or 4K")
        async def imagine(
            interaction: discord.Interaction[PlainBot], prompt: str, size: str | None = None
        ) -> None:
            await interaction.response.defer()
            await self._answer(interaction, prompt, size or "2K")

        self._tree = tree

    async def setup_hook(self) -> None:
        """Connect to the relay, and register the command."""
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        await self._tree.sync()

    async def close(self) -> None:
        """Disconnect."""
        if self._session:
            await self._session.close()
        await super().close()

    async def _answer(self, interaction: discord.Interaction[PlainBot], prompt: str, size: str) -> None:
        content, kind = await self._draw(prompt, size)
        if self._careful:
            await asyncio.to_thread(check, content)
        view = discord.ui.View(timeout=None)
        view.add_item(discord.ui.Button(label="Again", custom_id="again"))
        file = discord.File(io.BytesIO(content), f"picture.{kind.removeprefix('image/')}")
        await interaction.edit_original_response(content=prompt, attachments=[file], view=view)

    async def _draw(self, prompt: str, size: str) -> tuple[bytes, str]:
        assert self._session
        url = f"{os.environ['RELAY_URL']}/api/data/jimeng/generate"
        body = {"prompt": prompt, "size": size, "ratio": "1:1"}
        headers = {"Authorization": f"Bearer {os.environ['RELAY_TOKEN']}"}
        async with self._session.post(url, json=body, headers=headers) as response:
            response.raise_for_status()
            image = json.loads(await response.read())["image"]
        return base64.b64decode(image["base64"]), image["mimeType"]


def check(content: bytes) -> None:
    """Decode a picture; raise an error if it is damaged or too large."""
    with Image.open(io.BytesIO(content)) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("the picture is too large")
        image.load()


def main() -> None:
    """Run until it is stopped."""
    Route.BASE, gateway, way = sys.argv[1:]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    PlainBot(careful=way == "careful").run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
