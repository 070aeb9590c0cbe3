"""Generates a job's pictures, keeping those on disk from an earlier attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain import request_rules
from bot.domain.errors import BotError, LocalFailure, SizeRefused
from bot.domain.local_failures import local_failure
from bot.domain.models import Job, Picture
from bot.domain.ports import CallMeter, Relay
from bot.pictures.sniff import MAX_HEADER_BYTES, sniff
from bot.worker.lease import LeaseLost
from bot.worker.references import PrepareRequest
from bot.worker.refused_sizes import RefusedSizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A job's pictures on disk, and the decisive error if some are missing."""

    pictures: list[Picture]
    error: BotError | None


class PictureGenerator:
    """Generates pictures with ``relay`` into one folder per job below ``spool``; ``meter`` counts calls.

    ``prepare`` returns what the relay is asked for, but never for ``refused`` sizes.
    """

    def __init__(
        self, relay: Relay, spool: Path, meter: CallMeter, refused: RefusedSizes, prepare: PrepareRequest
    ) -> None:
        self._relay = relay
        self._spool = spool
        self._meter = meter
        self._refused = refused
        self._prepare = prepare

    async def generate(self, job: Job) -> Generated:
        """Generate the job's missing pictures; raise ``LeaseLost``."""
        folder = self._spool / str(job.id)
        try:
            pictures = await asyncio.to_thread(_pictures_on_disk, folder)
        except OSError as error:
            return Generated(pictures=[], error=_as_bot_error(error))
        request = request_rules.relay_request(job.draft)
        if not pictures and request in self._refused:
            return Generated(pictures=[], error=SizeRefused("known from an earlier request"))
        missing = range(max(0, job.draft.count - len(pictures)))
        if missing and request.reference is not None:
            try:
                request = await self._prepare(job)
            except Exception as error:
                return Generated(pictures=pictures, error=_as_bot_error(error))
        if pictures:
            _require_lease(job, await self._meter.reserve(job, len(missing)))
        numbers = iter(missing)
        errors: list[BotError] = []

        async def generate_next() -> None:
            """Generate one picture after another until none is missing or one fails."""
            for number in numbers:
                if number >= job.abreast and errors:
                    return
                _require_lease(job, await self._meter.begin(job))
                try:
                    pictures.append(await self._relay.generate(request, folder))
                except Exception as error:
                    errors.append(_as_bot_error(error))

        ends = await asyncio.gather(*(generate_next() for _ in range(job.abreast)), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        # A permanent error decides: retrying the others would only delay the refusal. Then a local failure.
        errors.sort(key=lambda error: (error.retry, not isinstance(error, LocalFailure)))
        return Generated(pictures=pictures[: job.draft.count], error=errors[0] if errors else None)


def _require_lease(job: Job, owned: bool) -> None:
    if not owned:
        raise LeaseLost(f"job {job.id} is owned by another worker")


def any_missing(pictures: Sequence[Picture]) -> bool:
    """Whether the file of any picture isn't on this machine's disk."""
    return not all(picture.path.exists() for picture in pictures)


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
