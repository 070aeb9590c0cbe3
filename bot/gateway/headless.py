"""A worker process: generates and delivers what other processes accepted, over REST alone."""

from __future__ import annotations

import asyncio
import logging

import discord

from bot.app import App
from bot.gateway.discord_measurement import measure_requests
from bot.gateway.library_warnings import silence_voice_warnings
from bot.gateway.lifecycle import Lifecycle
from bot.ui.cards.job_cards import Cards
from bot.ui.i18n.texts import Texts

log = logging.getLogger(__name__)


class HeadlessWorker(discord.Client):
    """Logs in to Discord's REST API without a gateway connection, and works until it is closed."""

    def __init__(self, app: App) -> None:
        silence_voice_warnings()
        super().__init__(
            # It never connects to the gateway; the library warns of a client without servers.
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            http_trace=measure_requests(app.recorder, app.acknowledgements, app.clock),
        )
        texts = Texts.load()
        self._lifecycle = Lifecycle(
            app, self, Cards(texts, app.clock, app.settings.catalogue), texts, works=True
        )
        self._closed_event = asyncio.Event()

    async def setup_hook(self) -> None:
        """Start the background loops."""
        await self._lifecycle.open()
        log.info("working as %s; the queue is shared with every process on this database", self.user)

    def worker_problem(self) -> str | None:
        """Return why this worker begins no jobs; None where nothing is wrong."""
        return self._lifecycle.worker_problem()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Wait until the worker is closed, without connecting."""
        await self._closed_event.wait()

    async def close(self) -> None:
        """Finish or requeue running jobs, then log out."""
        if not self.is_closed():
            await self._lifecycle.drain()
            await self._lifecycle.close()
        await super().close()
        self._closed_event.set()
