"""The background loops that turn accepted requests into answers, with a gateway or without."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import discord

from bot.app import App, create_originals_keeper, create_runner
from bot.domain.models import DeliveredMessage, Job
from bot.gateway.composition.delivery import create_delivery
from bot.gateway.process_reports import process_state
from bot.store.errors import log_failure
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.completion_notices import CompletionNotices
from bot.ui.delivery.owner_notices import OwnerNotices
from bot.ui.delivery.reference_copies import ReferenceCopies
from bot.ui.delivery.routes import DeliveryRoutes
from bot.ui.i18n.texts import Texts
from bot.ui.modlog.moderation_log import ModerationLog
from bot.ui.periodic import PeriodicLoop, every
from bot.worker.factory import Answering

log = logging.getLogger(__name__)

POSITIONS_PER_ROUND = 6
"""Queue positions refreshed every two seconds: bounds the cost of a full queue, however long it is."""
DRAIN_TIMEOUT = 20.0
"""Seconds that running jobs get at shutdown before they are requeued."""
REPORT_INTERVAL = 15.0
"""Seconds between two reports of what this process does."""
FLUSH_TIMEOUT = 3.0
"""Seconds that a round in progress and the last log records get at shutdown."""


class Lifecycle:
    """Updates cards through ``client``, and runs jobs where this process ``works``."""

    def __init__(
        self,
        app: App,
        client: discord.Client,
        cards: Cards,
        texts: Texts,
        *,
        works: bool,
        edit_interval: float = 5.0,
    ) -> None:
        self._app = app
        self._client = client
        self._works = works
        self.delivery = create_delivery(app, client, cards, edit_interval=edit_interval)
        self.moderation_log = ModerationLog(client, app.services.guilds, texts, app.clock)
        self._completion_notices = CompletionNotices(client, cards, app.services.members)
        self._ticking, self._positioning, self._sweeping = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        settings = app.settings
        self._owner_notices = OwnerNotices(
            client, texts, app.services.members, settings.owner_ids, settings.catalogue.currency
        )
        self._watching = asyncio.Lock()
        self._cancelling, self._card_edits = asyncio.Lock(), set[asyncio.Task[None]]()
        self._beating, self._checking, self._reporting = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        copies = ReferenceCopies(DeliveryRoutes(client, app.clock), texts, self.delivery.show_copy)
        self._originals, self._storing = create_originals_keeper(app), asyncio.Lock()
        answering = Answering(
            delivery=self.delivery, originals=self._originals, on_delivered=self._on_delivered
        )
        self._runner = create_runner(app, answering, copies)

    async def open(self) -> None:
        """Resume unfinished requests and start the loops; the client must be logged in."""
        self._app.services.requests.subscribe(self._app.services.queue.expect_jobs)
        if self._works:
            # Not earlier: notifications from other processes arrive at any time and need Discord.
            self._app.services.requests.subscribe(self._runner.pump)
            await self._runner.start()
            self._heartbeat.start()
            self._sweep.start()
            self._store_originals.start()
        self._app.operator.bans.subscribe(self._show_cancelled)
        self._app.operator.request_acts.subscribe(self._show_cancelled)
        if self._app.operator.limit_notices.is_needed:
            self._app.services.requests.subscribe_refusals(self._app.operator.limit_notices.refused)
            self._watch_limits.start()
        self._tick.start()
        self._refresh_positions.start()
        self._check_late_edits.start()
        self._record.start()
        self._report.start()

    def worker_problem(self) -> str | None:
        """Return why this process begins no jobs although it should; None where nothing is wrong."""
        return self._runner.problem() if self._works else None

    async def drain(self) -> None:
        """Claim no more jobs; finish or requeue the running ones."""
        if self._works:
            await _stop_loop(self._sweep, self._sweeping)
            await _stop_loop(self._store_originals, self._storing)
            await self._runner.drain(DRAIN_TIMEOUT)

    async def close(self) -> None:
        """Stop the loops and post what is still to be recorded."""
        await _stop_loop(self._tick, self._ticking)
        await _stop_loop(self._refresh_positions, self._positioning)
        await _stop_loop(self._check_late_edits, self._checking)
        if self._works:
            await _stop_loop(self._heartbeat, self._beating)
        self._watch_limits.cancel()
        for task in self._card_edits:
            task.cancel()
        self._record.cancel()
        await _stop_loop(self._report, self._reporting)
        # In a lock of its own, as stopping a loop keeps the loop's.
        async with _loop_round(asyncio.Lock(), "this process is still listed as running"):
            async with asyncio.timeout(FLUSH_TIMEOUT):
                await self._app.operator.processes.stopped()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_TIMEOUT):
                await self.delivery.check_late_edits(stopping=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_TIMEOUT):
                await self.moderation_log.flush()

    def _show_cancelled(self, jobs: Sequence[Job]) -> None:
        task = asyncio.create_task(self._edit_cancelled(jobs), name="cancelled cards")
        self._card_edits.add(task)
        task.add_done_callback(self._card_edits.discard)

    async def _edit_cancelled(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            async with _loop_round(self._cancelling, "a cancelled card could not be edited"):
                await self.delivery.cancel(job)

    async def _on_delivered(self, job: Job, answer: DeliveredMessage | None) -> None:
        self._app.recorder.finished(job.problem or "pictures", len(job.pictures))
        self.moderation_log.request_answered(job, answer)
        if answer is not None:
            await self._completion_notices.send(job, answer)

    @every(seconds=2)
    async def _record(self) -> None:
        # Separate from the tick: a slow channel must delay records only.
        await self.moderation_log.flush()

    @every(seconds=REPORT_INTERVAL)
    async def _report(self) -> None:
        async with _loop_round(self._reporting, "this process could not be reported; trying again"):
            state = await process_state(
                self._app,
                self._client,
                works=self._works,
                running=self._runner.running,
                problem=self.worker_problem(),
            )
            await self._app.operator.processes.report(state)

    @every(seconds=86_400)
    async def _sweep(self) -> None:
        async with _loop_round(self._sweeping, "expired data could not be deleted; trying again tomorrow"):
            await self._app.services.retention.sweep()

    @every(seconds=60)
    async def _store_originals(self) -> None:
        # Apart from everything else: a storage that is down can take minutes to say so.
        async with _loop_round(self._storing, "originals that wait could not be stored; trying again"):
            await self._originals.store_waiting()

    @every(seconds=15)
    async def _watch_limits(self) -> None:
        async with _loop_round(self._watching, "the daily limits could not be read; trying again"):
            for notice in await self._app.operator.limit_notices.due():
                await self._owner_notices.send(notice)

    @every(seconds=1)
    async def _heartbeat(self) -> None:
        # Nothing else may run here: a lease that isn't renewed in time is taken over by another worker.
        async with _loop_round(self._beating, "leases could not be renewed; trying again"):
            await self._runner.heartbeat()

    @every(seconds=1)
    async def _tick(self) -> None:
        async with _loop_round(self._ticking, "the tick failed; trying again"):
            if self._works:
                self._runner.tick()
            await self.delivery.flush()

    @every(seconds=2)
    async def _check_late_edits(self) -> None:
        # Separate from the tick: checks wait for Discord where it is slow.
        async with _loop_round(self._checking, "cards could not be checked; trying again"):
            await self.delivery.check_late_edits()

    @every(seconds=2)
    async def _refresh_positions(self) -> None:
        if self.delivery.throttled:
            return
        async with _loop_round(self._positioning, "queue positions could not be refreshed; trying again"):
            changed_positions = await self._app.services.queue.changed_positions(most=POSITIONS_PER_ROUND)
            await asyncio.gather(
                *(self.delivery.show_position(job, position) for job, position in changed_positions)
            )


@contextlib.asynccontextmanager
async def _loop_round(busy: asyncio.Lock, trouble: str) -> AsyncGenerator[None]:
    """Run one round of a loop, which must survive an outage of the database or the network."""
    async with busy:
        try:
            yield
        except Exception as error:
            log_failure(log, error, trouble)


async def _stop_loop(loop: PeriodicLoop[Any], busy: asyncio.Lock) -> None:
    """Cancel a loop, if possible between two of its rounds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FLUSH_TIMEOUT):
            await busy.acquire()
    loop.cancel()
