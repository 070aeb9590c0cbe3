"""How the generation of a job's pictures ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bot.domain.errors import BotError, LocalFailure
from bot.domain.local_failures import local_failure
from bot.domain.models import Job, Picture
from bot.worker.lease import LeaseLost

OnDrawn = Callable[[Job, list[Picture]], Awaitable[None]]
"""Called with a job and its pictures so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A job's pictures on disk, and the decisive error if some are missing."""

    pictures: list[Picture]
    error: BotError | None
    failed: Mapping[int, BotError] = field(default_factory=dict[int, BotError])
    """Of a comparison, the error of each picture that was called for in vain, by its number."""


def decisive(errors: Iterable[BotError]) -> BotError | None:
    """Return the error that decides how a job goes on; None for none."""
    # A permanent error decides: retrying the others would only delay the refusal. Then a local failure.
    ordered = sorted(errors, key=lambda error: (error.retry, not isinstance(error, LocalFailure)))
    return ordered[0] if ordered else None


def as_bot_error(error: Exception) -> BotError:
    """Return what an error means for the job."""
    if isinstance(error, BotError):
        return error
    if (failure := local_failure(error)) is not None:
        return failure
    converted = BotError(f"{type(error).__name__} while generating a picture")
    converted.__cause__ = error
    return converted


def require_lease(job: Job, owned: bool) -> None:
    """Raise ``LeaseLost`` unless the job is still this worker's."""
    if not owned:
        raise LeaseLost(f"job {job.id} is owned by another worker")


async def run_abreast(work: Iterable[Awaitable[None]]) -> None:
    """Run what draws pictures at the same time; raise an error once all ended."""
    ends = await asyncio.gather(*work, return_exceptions=True)
    for end in ends:
        if end is not None:
            raise end
