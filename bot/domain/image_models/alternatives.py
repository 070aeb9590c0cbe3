"""Which other models a request can be tried with, after its result or instead of one."""

from __future__ import annotations

from bot.domain.guild_settings import GuildSettings
from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.image_models.model_choice import offered_models
from bot.domain.models import Job, Progress, RetryScheduled, Waiting

SEVERE = "severe"
"""The fact of a job whose refusal the filter called severe."""
_REFUSALS = frozenset({"blocked", "prompt-blocked", "reference-blocked", "result-blocked"})
_OUTAGES = frozenset({"busy", "unavailable", "down", "bad-reply", "operator"})
_DOWN = "down"


def alternatives(
    job: Job, models: Catalogue, settings: GuildSettings, progress: Progress | None = None
) -> tuple[Model, ...]:
    """Return the models that a server offers for a job's request beside its own; none for a comparison.

    Before a result there are some only while its service fails, as ``progress`` or its problem says, and
    after a refusal only those that say so.
    """
    problem = _problem(job, progress)
    if job.draft.compared or not (problem in _OUTAGES or problem in _REFUSALS or job.pictures):
        return ()
    own, services = models.find(job.draft.request.model) or models.default, models.services
    return tuple(
        model
        for model in offered_models(models, settings)
        if model != own
        and model.references >= len(job.draft.references)
        and may_try(job, model)
        and not (problem == _DOWN and services.of(model.id) == services.of(own.id))
    )


def may_try(job: Job, model: Model) -> bool:
    """Whether a job's request may be tried with a model, as far as a refusal of it decides that."""
    if job.problem not in _REFUSALS or job.pictures:
        return True
    return model.after_refusal and SEVERE not in job.facts


def _problem(job: Job, progress: Progress | None) -> str | None:
    match progress:
        case Waiting(position=position):
            return _DOWN if position.down else None
        case RetryScheduled(problem=problem):
            return problem
        case _:
            return job.problem
