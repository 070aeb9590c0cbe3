"""Generates a job's pictures, keeping those on disk from an earlier attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from bot.domain import request_rules
from bot.domain.errors import BotError, BudgetReached, SizeRefused
from bot.domain.models import ImageRequest, Job, Picture
from bot.domain.ports import CallMeter, Relay
from bot.worker.generation.comparison import ComparisonGenerator
from bot.worker.generation.drawn_pictures import drawn_before, free_number, in_order, numbered
from bot.worker.generation.generated import (
    Generated,
    OnDrawn,
    as_bot_error,
    decisive,
    require_lease,
    run_abreast,
)
from bot.worker.generation.references import PrepareRequest
from bot.worker.generation.refused_sizes import RefusedSizes


class PictureGenerator:
    """Generates pictures with ``relay`` into one folder per job below ``spool``; ``meter`` counts calls.

    ``prepare`` returns what the relay is asked for, but never for ``refused`` sizes. ``on_drawn`` is called
    with the pictures so far while some are still missing.
    """

    def __init__(
        self,
        relay: Relay,
        spool: Path,
        meter: CallMeter,
        refused: RefusedSizes,
        prepare: PrepareRequest,
        on_drawn: OnDrawn,
    ) -> None:
        self._relay = relay
        self._spool = spool
        self._meter = meter
        self._refused = refused
        self._prepare = prepare
        self._on_drawn = on_drawn
        self._comparisons = ComparisonGenerator(relay, meter, on_drawn)

    async def generate(self, job: Job) -> Generated:
        """Generate the job's missing pictures; raise ``LeaseLost``."""
        folder = self._spool / str(job.id)
        try:
            drawn = await asyncio.to_thread(drawn_before, job, folder)
        except OSError as error:
            return Generated(pictures=[], error=as_bot_error(error))
        if job.draft.compared:
            return await self._comparisons.generate(job, folder, drawn)
        missing = range(max(0, job.draft.count - len(drawn)))
        try:
            request = await self._request(job, known=bool(drawn), needed=bool(missing))
        except Exception as error:
            return Generated(pictures=in_order(job, drawn), error=as_bot_error(error))
        if drawn:
            require_lease(job, await self._meter.reserve(job, len(missing)))
            await self._report(job, drawn)
        errors = await self._draw(job, request, folder, drawn, missing)
        return Generated(pictures=in_order(job, drawn), error=decisive(errors))

    async def _request(self, job: Job, *, known: bool, needed: bool) -> ImageRequest:
        """Return what the relay is asked for, prepared if that is ``needed``.

        Raises what the preparation does, and ``SizeRefused`` unless pictures are ``known``.
        """
        request = request_rules.relay_request(job.draft)
        if not known and request in self._refused:
            raise SizeRefused("known from an earlier request")
        return await self._prepare(job) if needed and request.references else request

    async def _draw(
        self, job: Job, request: ImageRequest, folder: Path, drawn: dict[int, Picture], missing: range
    ) -> list[BotError]:
        """Draw the missing pictures, several at once, and add them; return what failed."""
        numbers, errors = iter(missing), list[BotError]()

        async def draw_next() -> None:
            """Draw one picture after another until none is missing or one fails."""
            for number in numbers:
                if number >= job.abreast and errors:
                    return
                if not await self._draw_one(job, request, folder, drawn, errors):
                    return

        await run_abreast(draw_next() for _ in range(job.abreast))
        return errors

    async def _draw_one(
        self,
        job: Job,
        request: ImageRequest,
        folder: Path,
        drawn: dict[int, Picture],
        errors: list[BotError],
    ) -> bool:
        """Draw a picture and add it, or else the error; return whether the budget allows another one."""
        try:
            require_lease(job, await self._meter.begin(job, request))
        except BudgetReached as error:
            errors.append(error)
            return False
        try:
            picture = await self._relay.generate(request, folder)
            await self._add(drawn, picture)
        except Exception as error:
            # At once, so that no other picture is begun meanwhile.
            errors.append(as_bot_error(error))
            await self._meter.refund(job, request, errors[-1])
        else:
            if picture.paid_before:
                await self._meter.refund(job, request, None)
            await self._report(job, drawn)
        return True

    async def _add(self, drawn: dict[int, Picture], picture: Picture) -> None:
        """Add a picture under the first free number, which its file's name tells from now on."""
        number = free_number(drawn)
        drawn[number] = picture
        drawn[number] = await asyncio.to_thread(numbered, picture, number)

    async def _report(self, job: Job, drawn: Mapping[int, Picture]) -> None:
        if len(drawn) < job.draft.count:
            await self._on_drawn(job, in_order(job, drawn))
