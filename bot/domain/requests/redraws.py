"""Requests that start from one picture of a result: the same one at 4K, or a variation of it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.image_models.catalogue import Catalogue
from bot.domain.models import Draft, Job, JobKind, RedrawKind, Size

INSTRUCTIONS: dict[JobKind, str] = {
    "upscale": (
        "Redraw this picture at a higher resolution. Keep everything as it is: the composition, every "
        "subject, faces, text, colours, light and style. Change nothing; only add fine detail and sharpness."
    ),
    "vary": (
        "Draw a variation of this picture. Keep its subject, setting, style, colours and mood; vary the "
        "composition, poses and small details a little."
    ),
}
"""What the image service is told, instead of the requester's own prompt, which the card keeps."""


def redraw(job: Job, kind: RedrawKind) -> Draft:
    """Return the draft of one picture that starts from a picture of a result, in the result's ratio."""
    size = "4K" if kind == "upscale" else job.draft.request.size
    request = replace(job.draft.request, size=size)
    return replace(
        job.draft,
        kind=kind,
        request=request,
        count=1,
        references=(),
        spoiler=False,
        parent=None,
    )


def is_redraw(job: Job) -> bool:
    """Whether a job's picture starts from one picture of a result."""
    return job.draft.kind in INSTRUCTIONS


def can_upscale(job: Job, largest: Size, models: Catalogue) -> bool:
    """Whether a result can be redrawn at 4K, where ``largest`` is the server's largest size."""
    request = job.draft.request
    model = models.find(request.model) or models.default
    drawn = model.references > 0 and model.draws(request.ratio, "4K")
    return request.size != "4K" == largest and drawn


def only_picture(job: Job, number: int) -> Job:
    """Return a job with one of its pictures, counted from 1, and the original of that if all are stored."""
    kept = job.kept[number - 1 : number] if len(job.kept) == len(job.pictures) else ()
    return replace(job, pictures=job.pictures[number - 1 : number], kept=kept)
