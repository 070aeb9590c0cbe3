"""Draws a comparison: each picture with its own model, whatever happens to the others."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bot.domain import request_rules
from bot.domain.errors import BotError, RelayDown
from bot.domain.image_models.alternatives import SEVERE
from bot.domain.image_models.comparisons import draft_of, failed_fact, failed_numbers, queues
from bot.domain.models import Job, Picture
from bot.domain.ports import CallMeter, Relay
from bot.domain.requests.picture_numbers import number_in
from bot.worker.generation.drawn_pictures import adopt, in_order, own_folder
from bot.worker.generation.generated import (
    Generated,
    OnDrawn,
    as_bot_error,
    decisive,
    require_lease,
    run_abreast,
)


class ComparisonGenerator:
    """Generates with ``relay``; ``meter`` counts calls, ``on_drawn`` is called with the pictures so far."""

    def __init__(self, relay: Relay, meter: CallMeter, on_drawn: OnDrawn) -> None:
        self._relay = relay
        self._meter = meter
        self._on_drawn = on_drawn

    async def generate(self, job: Job, folder: Path, drawn: dict[int, Picture]) -> Generated:
        """Generate what is missing beside the pictures of earlier attempts; raise ``LeaseLost``."""
        known = failed_numbers(job)
        missing = [
            number for number in range(1, job.draft.count + 1) if number not in drawn and number not in known
        ]
        if drawn or known:
            models = [job.draft.compared[number - 1].model for number in missing]
            require_lease(job, await self._meter.reserve(job, len(missing), models))
            await self._report(job, drawn)
        failed = _unreachable(job, missing)

        async def generate_in(slot: Iterator[int]) -> None:
            for number in slot:
                try:
                    drawn[number] = await self._draw(job, folder, number)
                except BotError as error:
                    failed[number] = error
                else:
                    await self._report(job, drawn)

        await run_abreast(generate_in(slot) for slot in queues(job, missing))
        return Generated(pictures=in_order(job, drawn), error=decisive(failed.values()), failed=failed)

    async def _draw(self, job: Job, folder: Path, number: int) -> Picture:
        """Draw the picture with a number; raise ``BotError``, or ``LeaseLost``."""
        request = request_rules.relay_request(draft_of(job.draft, number))
        require_lease(job, await self._meter.begin(job, request))
        try:
            picture = await self._relay.generate(request, own_folder(folder, number))
            adopted = await asyncio.to_thread(adopt, picture, folder, number)
        except Exception as error:
            found = as_bot_error(error)
            await self._meter.refund(job, request, found)
            raise found from error
        if picture.paid_before:
            await self._meter.refund(job, request, None)
        return adopted

    async def _report(self, job: Job, drawn: dict[int, Picture]) -> None:
        if drawn and len(drawn) < job.draft.count:
            await self._on_drawn(job, in_order(job, drawn))


def _unreachable(job: Job, missing: Iterable[int]) -> dict[int, BotError]:
    """Return the errors of pictures whose services were down when the job began."""
    models = {model for slot in job.slots for model in slot}
    return {
        number: RelayDown("down when the comparison began", until=0.0)
        for number in missing
        if models and job.draft.compared[number - 1].model not in models
    }


def settle(job: Job, generated: Generated) -> tuple[Job, BotError | None]:
    """Return a comparison that knows which pictures can't be drawn any more, and an error that may pass.

    A service that is down isn't waited for if there are other pictures. A picture that is there counts,
    though another worker, which didn't have it, failed to draw it.
    """
    job = _without_failures(job, {number_in(picture.path) for picture in generated.pictures})
    passing = {
        number: error
        for number, error in generated.failed.items()
        if error.retry and not (isinstance(error, RelayDown) and generated.pictures)
    }
    final = {number: error for number, error in generated.failed.items() if number not in passing}
    return with_failures(job, final), decisive(passing.values())


def _without_failures(job: Job, numbers: Collection[int | None]) -> Job:
    outdated = {failed_fact(number) for number in numbers if number is not None}
    return replace(job, facts={name: value for name, value in job.facts.items() if name not in outdated})


def with_failures(job: Job, failed: Mapping[int, BotError]) -> Job:
    """Return a comparison with the reasons of pictures that can't be drawn among its facts."""
    facts = {failed_fact(number): error.key for number, error in failed.items()}
    severe = {SEVERE: True} if any(SEVERE in error.facts for error in failed.values()) else {}
    return replace(job, facts={**job.facts, **facts, **severe})
