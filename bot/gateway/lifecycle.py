"""Where accepted requests become answers: what the bot and a worker without a gateway have in common."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from typing import Any

import discord
from discord.ext import tasks

from bot.app import App, create_runner
from bot.domain.models import Delivered, Job
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.completion_notices import Reminders
from bot.ui.delivery.discord_delivery import Delivery
from bot.ui.delivery.originals_reader import Kept
from bot.ui.i18n.texts import Texts
from bot.ui.modlog.moderation_log import Records

log = logging.getLogger(__name__)

MOVES = 6
"""Places in line that are looked up every two seconds: what a full queue costs, however long it is."""
GRACE = 20.0
"""Seconds that running jobs get at the end before they go back in line."""
LAST_WORDS = 3.0
"""Seconds that what is still to be recorded gets at the end."""


class Workshop:
    """Shows cards through ``client``, and draws and delivers pictures where this process ``works``."""

    def __init__(
        self,
        app: App,
        client: discord.Client,
        cards: Cards,
        texts: Texts,
        *,
        works: bool,
        pace: float = 5.0,
    ) -> None:
        self._app = app
        self._works = works
        self.kept = Kept(app.originals, app.fit)
        self.delivery = Delivery(
            client,
            cards,
            app.fit,
            self.kept,
            app.guilds.settings,
            upload_cap=app.settings.upload_limit,
            clock=app.clock,
            pace=pace,
        )
        self.records = Records(client, app.service, texts, app.clock)
        self._reminders = Reminders(client, cards, app.personal)
        self._ticking, self._moving, self._sweeping = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self._runner = create_runner(app, self.delivery, self._told)

    async def open(self) -> None:
        """Take up what was left undone, and begin; the client must be logged in."""
        if self._works:
            # Not before: news of other processes' work may come at any time, and needs Discord.
            self._app.service.listen(self._runner.pump)
            await self._runner.start()
            self._sweep.start()
        self._tick.start()
        self._move.start()
        self._record.start()

    async def close(self) -> None:
        """Let running jobs end or go back in line."""
        await _end(self._tick, self._ticking)
        await _end(self._move, self._moving)
        if self._works:
            await _end(self._sweep, self._sweeping)
            await self._runner.drain(GRACE)
        self._record.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.records.flush(), LAST_WORDS)

    async def _told(self, job: Job, answer: Delivered | None) -> None:
        self.records.answered(job, answer)
        if answer is not None:
            await self._reminders.send(job, answer)

    @tasks.loop(seconds=2)
    async def _record(self) -> None:
        # Apart from the tick, which leases depend on: a slow channel holds up nothing but records.
        await self.records.flush()

    @tasks.loop(hours=24)
    async def _sweep(self) -> None:
        async with _round(self._sweeping, "what is too old could not be deleted; trying again tomorrow"):
            await self._app.privacy.sweep()

    @tasks.loop(seconds=1)
    async def _tick(self) -> None:
        async with _round(self._ticking, "the tick failed; trying again"):
            if self._works:
                self._runner.tick()
            await self.delivery.flush()

    @tasks.loop(seconds=2)
    async def _move(self) -> None:
        if self.delivery.quiet:
            return
        async with _round(self._moving, "the line could not be looked at; trying again"):
            moved = await self._app.service.moved(most=MOVES)
            await asyncio.gather(*(self.delivery.show_place(job, place) for job, place in moved))


@contextlib.asynccontextmanager
async def _round(busy: asyncio.Lock, trouble: str) -> AsyncGenerator[None]:
    """Be busy with one round of a loop, which must outlive a database or a network that is away."""
    async with busy:
        try:
            yield
        except Exception:
            log.exception(trouble)


async def _end(loop: tasks.Loop[Any], busy: asyncio.Lock) -> None:
    """Cancel a loop, if possible not in the middle of what it asks of the database."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(busy.acquire(), LAST_WORDS)
    loop.cancel()
