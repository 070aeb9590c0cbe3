"""A request's life as a list of steps, from what was recorded of it."""

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
    if job.late_edit_at is not None:
        yield job.late_edit_at, "a late edit covered the answer; delivered again"
    # Requests from before steps were recorded have none.
    yield from _recorded(job) if job.steps else _derived(job)


def _recorded(job: JobReport) -> Iterator[tuple[float, str]]:
    for line in (job.steps or "").splitlines():
        at, state, detail = line.split("\t", 2)
        yield float(at), _describe(job, state, detail)


def _describe(job: JobReport, state: str, detail: str) -> str:
    match state:
        case "running":
            attempt, _, worker = detail.partition(" ")
            return f"started, attempt {attempt}, by {worker}"
        case "waiting" if detail == "lost":
            return "back in the queue: its worker was lost"
        case "waiting":
            return f"back in the queue: {detail}" if detail else "back in the queue"
        case "drawn":
            return f"drawn: {detail} of {job.amount} pictures"
        case "failed":
            return f"failed: {detail}"
        case "model":
            return f"moved to the model {detail or 'that is usual'}"
        case "done":
            return _end(job, "done", detail)
        case _:
            return f"{state}: {detail}" if detail else state


def _derived(job: JobReport) -> Iterator[tuple[float, str]]:
    if job.started_at is not None:
        attempt = f", attempt {job.attempts}" if job.attempts > 1 else ""
        yield job.started_at, f"started{attempt}"
    if job.drawn_at is not None:
        yield job.drawn_at, f"drawn: {job.drawn} of {job.amount} pictures"
    if job.finished_at is not None:
        yield job.finished_at, _end(job, job.state, job.problem or "")


def _end(job: JobReport, state: str, problem: str) -> str:
    if state == "cancelled":
        return f"cancelled ({problem})" if problem else "cancelled"
    where = " as a direct message" if job.direct else ""
    if job.drawn:
        return f"answered with pictures{where}"
    return f"answered{where}: {problem or 'no picture'}"
