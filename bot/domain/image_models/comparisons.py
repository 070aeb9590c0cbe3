"""Comparisons: one request whose pictures are each drawn by a model of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.domain.errors import RuleBroken
from bot.domain.models import ComparedModel, Draft, Job, Slots
from bot.domain.requests.picture_numbers import number_in

MOST_COMPARED = 4
"""Models in a comparison at most."""
_FAILED = "failed-{number}"
"""The fact of a job with the problem that keeps one of its pictures from being drawn."""


def compare(draft: Draft, models: Sequence[str]) -> Draft:
    """Return a draft of one picture with each of these models; raise ``RuleBroken`` for fewer than two."""
    different = tuple(dict.fromkeys(models))
    if len(different) < 2:
        raise RuleBroken("compare-two")
    return with_models(draft, different)


def with_models(draft: Draft, models: Sequence[str]) -> Draft:
    """Return a comparison with these models instead; for fewer than two, a plain request."""
    request = replace(draft.request, model=models[0] if models else draft.request.model)
    if len(models) < 2:
        return replace(draft, request=request, count=1, compared=())
    compared = tuple(ComparedModel(model=id_, ratio=request.ratio, size=request.size) for id_ in models)
    return replace(draft, request=request, count=len(compared), compared=compared)


def with_count(draft: Draft, count: int) -> Draft:
    """Return a draft of so many pictures: of a comparison, those of its first models."""
    if not draft.compared:
        return replace(draft, count=count)
    return with_models(draft, [one.model for one in draft.compared[:count]])


def draft_of(draft: Draft, number: int) -> Draft:
    """Return the draft of the picture with a number, from 1; of a plain request that is the request's."""
    if not 1 <= number <= len(draft.compared):
        return draft
    one = draft.compared[number - 1]
    request = replace(draft.request, model=one.model, ratio=one.ratio, size=one.size)
    return replace(draft, request=request, compared=())


def number_of(job: Job, position: int) -> int:
    """Return the number of the picture at a position among a job's, from 1: some can be missing."""
    if not 1 <= position <= len(job.pictures):
        return position
    return number_in(job.pictures[position - 1].path) or position


def of_picture(job: Job, position: int) -> Job:
    """Return a job as it is for the picture at a position: drawn by that picture's model."""
    if not job.draft.compared:
        return job
    return replace(job, draft=draft_of(job.draft, number_of(job, position)))


def surplus(compared: Sequence[ComparedModel], numbers: Collection[int] | None = None) -> int:
    """Return what pictures count as beyond one each: of all numbers, or of these."""
    return sum(
        one.weight - 1 for number, one in enumerate(compared, 1) if numbers is None or number in numbers
    )


def slots_of(services: Mapping[str, str], widths: Mapping[str, int], most: int) -> Slots:
    """Spread models over slots, up to ``widths`` for each of their ``services``, up to ``most`` in all."""
    slots: list[tuple[str, ...]] = []
    for service in dict.fromkeys(services.values()):
        theirs = [model for model, drawn_by in services.items() if drawn_by == service]
        width = min(len(theirs), widths[service])
        slots += [tuple(theirs[first::width]) for first in range(width)]
    while len(slots) > max(most, 1):
        last = slots.pop()
        slots[-1] += last
    return tuple(slots)


def queues(job: Job, missing: Sequence[int]) -> list[Iterator[int]]:
    """Return the numbers of the missing pictures that are drawn one after another, for each slot of a job."""
    if not job.slots:  # one service draws them all
        shared = iter(missing)
        return [shared] * job.abreast
    numbers = {one.model: number for number, one in enumerate(job.draft.compared, 1)}
    return [iter([numbers[model] for model in slot if numbers.get(model) in missing]) for slot in job.slots]


def failed_fact(number: int) -> str:
    """Return the name of the fact that says why a picture can't be drawn."""
    return _FAILED.format(number=number)


def failed_numbers(job: Job) -> dict[int, str]:
    """Return the pictures of a comparison that can't be drawn, and why."""
    numbers = range(1, len(job.draft.compared) + 1)
    return {number: str(job.facts[name]) for number in numbers if (name := failed_fact(number)) in job.facts}
