"""Generates a job's pictures, keeping those on disk from an earlier attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from bot.domain import request_rules
from bot.domain.errors import BotError, LocalFailure, SizeRefused
from bot.domain.local_failures import local_failure
from bot.domain.models import Job, Picture, ShownPicture
from bot.domain.picture_numbers import number_in, with_number
from bot.domain.ports import CallMeter, Relay
from bot.pictures.sniff import MAX_HEADER_BYTES, sniff
from bot.worker.lease import LeaseLost
from bot.worker.references import PrepareRequest
from bot.worker.refused_sizes import RefusedSizes

OnDrawn = Callable[[Job, list[Picture]], Awaitable[None]]
"""Called with a job and its pictures so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A job's pictures on disk, and the decisive error if some are missing."""

    pictures: list[Picture]
    error: BotError | None


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

    async def generate(self, job: Job) -> Generated:
        """Generate the job's missing pictures; raise ``LeaseLost``."""
        folder = self._spool / str(job.id)
        try:
            drawn = await asyncio.to_thread(_drawn_before, job, folder)
        except OSError as error:
            return Generated(pictures=[], error=_as_bot_error(error))
        request = request_rules.relay_request(job.draft)
        if not drawn and request in self._refused:
            return Generated(pictures=[], error=SizeRefused("known from an earlier request"))
        missing = range(max(0, job.draft.count - len(drawn)))
        if missing and request.references:
            try:
                request = await self._prepare(job)
            except Exception as error:
                return Generated(pictures=_in_order(job, drawn), error=_as_bot_error(error))
        if drawn:
            _require_lease(job, await self._meter.reserve(job, len(missing)))
            await self._report(job, drawn)
        numbers = iter(missing)
        errors: list[BotError] = []

        async def generate_next() -> None:
            """Generate one picture after another until none is missing or one fails."""
            for number in numbers:
                if number >= job.abreast and errors:
                    return
                _require_lease(job, await self._meter.begin(job, request))
                try:
                    await self._add(drawn, await self._relay.generate(request, folder))
                except Exception as error:
                    errors.append(_as_bot_error(error))
                    await self._meter.refund(job, request, errors[-1])
                else:
                    await self._report(job, drawn)

        ends = await asyncio.gather(*(generate_next() for _ in range(job.abreast)), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        # A permanent error decides: retrying the others would only delay the refusal. Then a local failure.
        errors.sort(key=lambda error: (error.retry, not isinstance(error, LocalFailure)))
        return Generated(pictures=_in_order(job, drawn), error=errors[0] if errors else None)

    async def _add(self, drawn: dict[int, Picture], picture: Picture) -> None:
        """Add a picture under the first free number, which its file's name tells from now on."""
        number = _free_number(drawn)
        drawn[number] = picture
        drawn[number] = await asyncio.to_thread(_numbered, picture, number)

    async def _report(self, job: Job, drawn: Mapping[int, Picture]) -> None:
        if len(drawn) < job.draft.count:
            await self._on_drawn(job, _in_order(job, drawn))


def _in_order(job: Job, drawn: Mapping[int, Picture]) -> list[Picture]:
    return [picture for _, picture in sorted(drawn.items())][: job.draft.count]


def _require_lease(job: Job, owned: bool) -> None:
    if not owned:
        raise LeaseLost(f"job {job.id} is owned by another worker")


def missing_pictures(job: Job) -> list[Picture]:
    """Return a job's pictures that are neither on this machine's disk nor on the job's card."""
    shown = {each.number for each in job.shown}
    return [each for each in job.pictures if number_in(each.path) not in shown and not each.path.exists()]


def _drawn_before(job: Job, folder: Path) -> dict[int, Picture]:
    """Return the pictures of earlier attempts by their numbers: on the job's card, and on disk."""
    on_disk = _pictures_on_disk(folder)
    drawn = {number: each for each in on_disk if (number := number_in(each.path)) is not None}
    for shown in job.shown:
        if shown.number not in drawn:
            drawn[shown.number] = _without_file(shown, folder)
    for picture in on_disk:
        if number_in(picture.path) is None:
            number = _free_number(drawn)
            drawn[number] = _numbered(picture, number)
    return drawn


def _free_number(drawn: Container[int]) -> int:
    return next(number for number in count(1) if number not in drawn)


def _without_file(shown: ShownPicture, folder: Path) -> Picture:
    """Return a picture that only the job's card has."""
    path = with_number(folder / shown.name, shown.number)
    return Picture(path=path, format=shown.format, width=shown.width, height=shown.height)


def _numbered(picture: Picture, number: int) -> Picture:
    return replace(picture, path=picture.path.rename(with_number(picture.path, number)))


def _pictures_on_disk(folder: Path) -> list[Picture]:
    pictures: list[Picture] = []
    for path in sorted(folder.glob("*.*")):
        if path.suffix == ".part":
            path.unlink(missing_ok=True)
            continue
        with path.open("rb") as file:
            header = sniff(file.read(MAX_HEADER_BYTES))
        if header:
            pictures.append(
                Picture(path=path, format=header.format, width=header.width, height=header.height)
            )
    return pictures


def _as_bot_error(error: Exception) -> BotError:
    if isinstance(error, BotError):
        return error
    if (failure := local_failure(error)) is not None:
        return failure
    converted = BotError(f"{type(error).__name__} while generating a picture")
    converted.__cause__ = error
    return converted
