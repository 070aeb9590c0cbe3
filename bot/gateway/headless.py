"""The bot's hands alone: draws and delivers what other processes accepted, with no gateway of its own."""

from __future__ import annotations

import asyncio
import logging

import discord

from bot.app import App
from bot.gateway.lifecycle import Workshop
from bot.ui.cards.job_cards import Cards
from bot.ui.i18n.texts import Texts

log = logging.getLogger(__name__)


class Worker(discord.Client):
    """Logs in to Discord for its REST API alone, and works until it is closed."""

    def __init__(self, app: App) -> None:
        super().__init__(intents=discord.Intents.none(), allowed_mentions=discord.AllowedMentions.none())
        texts = Texts.load()
        self._workshop = Workshop(app, self, Cards(texts, app.clock), texts, works=True)
        self._over = asyncio.Event()

    async def setup_hook(self) -> None:
        """Begin to work."""
        await self._workshop.open()
        log.info("working as %s; the line is shared with every process on this database", self.user)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay without a gateway until the worker is closed."""
        await self._over.wait()

    async def close(self) -> None:
        """Let running jobs end or go back in line, then leave."""
        if not self.is_closed():
            await self._workshop.close()
        await super().close()
        self._over.set()
