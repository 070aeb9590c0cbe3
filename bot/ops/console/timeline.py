"""A request's life as a list of steps, from what its row says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.models.reports import JobReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened at a time, with the seconds since the step before."""

    at: float
    text: str
    after: float | None


def timeline(job: JobReport) -> list[Step]:
    """Return the steps of a request, oldest first."""
    steps: list[Step] = []
    for at, text in sorted(_events(job), key=lambda event: event[0]):
        steps.append(Step(at=at, text=text, after=at - steps[-1].at if steps else None))
    return steps


def _events(job: JobReport) -> Iterator[tuple[float, str]]:
    yield job.created_at, f"accepted: {job.amount} × {job.ratio} at {job.size}"
    if job.started_at is not None:
        attempt = f", attempt {job.attempts}" if job.attempts > 1 else ""
        yield job.started_at, f"started{attempt}"
    if job.drawn_at is not None:
        yield job.drawn_at, f"drawn: {job.drawn} of {job.amount} pictures"
    if job.late_edit_at is not None:
        yield job.late_edit_at, "a late edit covered the answer; delivered again"
    if job.finished_at is not None:
        yield job.finished_at, _end(job)


def _end(job: JobReport) -> str:
    if job.state == "cancelled":
        return f"cancelled ({job.problem})" if job.problem else "cancelled"
    where = " as a direct message" if job.direct else ""
    if job.drawn:
        return f"answered with pictures{where}"
    return f"answered{where}: {job.problem or 'no picture'}"
