"""Facts of a job that say what was asked for, where something else is drawn."""

from __future__ import annotations

from typing import cast

from bot.domain.image_models.ratios import nearest_ratio
from bot.domain.models import Job, Ratio, Size

ASKED_SIZE, ASKED_RATIO, ASKED_MODEL = "asked_size", "asked_ratio", "asked_model"
OTHER_RATIO = "other_ratio"


def asked_size(job: Job) -> Size | None:
    """Return the size that a job's requester asked for, where another one is drawn."""
    return cast("Size | None", job.facts.get(ASKED_SIZE))


def asked_ratio(job: Job) -> Ratio | None:
    """Return the ratio that a job's requester asked for, where another one is drawn."""
    return cast("Ratio | None", job.facts.get(ASKED_RATIO))


def asked_model(job: Job) -> str | None:
    """Return the id of the model that was asked for or is preferred, where another one draws."""
    return cast("str | None", job.facts.get(ASKED_MODEL))


def other_ratio(job: Job) -> Ratio:
    """Return the ratio that a job's model draws in place of one that it draws in no size."""
    found = cast("Ratio | None", job.facts.get(OTHER_RATIO))
    return found or nearest_ratio(job.draft.request.ratio)
