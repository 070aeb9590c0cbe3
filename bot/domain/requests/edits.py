"""Edits: requests that go on from an earlier result, and keep of it what they don't change."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.image_models.comparisons import of_picture
from bot.domain.models import Draft, Job, Parent, Size
from bot.domain.request_rules import is_larger


def keep_options(draft: Draft, parent: Job, *, largest: Size) -> Draft:
    """Fill in what the requester left open from the result that they edit.

    A size above ``largest`` isn't kept; the model is where it can still be used.
    """
    number = draft.parent.picture if draft.parent else None
    request, kept = draft.request, (of_picture(parent, number) if number else parent).draft.request
    if "ratio" in draft.defaulted:
        request = replace(request, ratio=kept.ratio)
    if "size" in draft.defaulted:
        request = replace(request, size=largest if is_larger(kept.size, largest) else kept.size)
    if "model" in draft.defaulted and request.model is None:
        request = replace(request, model=kept.model)
    style = parent.draft.style if "style" in draft.defaulted else draft.style
    filled = replace(draft, request=request, style=style, defaulted=frozenset())
    # A result without a model is of the bot's usual one, whatever the requester prefers.
    return kept_model(filled) if "model" in draft.defaulted else filled


def kept_model(draft: Draft) -> Draft:
    """Return a draft whose model is that of an earlier request, and used as far as it still can be."""
    if draft.request.model is None:
        return draft
    return replace(draft, defaulted=draft.defaulted | {"model"})


def parent_of_edit(job: Job, picture: int | None = None) -> Parent | None:
    """Return the parent of an edited request: the job itself, or its own parent if it has no picture."""
    if not job.pictures:
        return job.draft.parent
    return Parent(job_id=job.id, picture=1 if len(job.pictures) == 1 else picture)


def has_before(job: Job) -> bool:
    """Whether a job was made from a picture."""
    return job.draft.parent is not None or bool(job.draft.references)
