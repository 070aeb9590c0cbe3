"""Which models may draw a request instead of its own while that one's service is down."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.models import Draft, Ratio, Size

FELL_BACK = "fell_back"
"""The fact of a job that another model draws because the service of the one asked for was down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """Another model for a request, with the ratio and size that it draws and how much a picture counts."""

    model: str
    ratio: Ratio
    size: Size
    weight: int


def fallbacks(
    draft: Draft, models: Catalogue, allowed: Collection[Model], largest: Size
) -> tuple[Fallback, ...]:
    """Return the models to fall back to in their order: only ``allowed`` ones that weigh no more.

    A comparison has none: its point is who draws what.
    """
    asked = models.find(draft.request.model)
    if asked is None or draft.compared:
        return ()
    found: list[Fallback] = []
    for model in _chain(asked, models):
        fits = model.weight <= asked.weight and len(draft.references) <= model.references
        if model in allowed and fits:
            ratio, size = draft.request.ratio, draft.request.size
            if not model.draws(ratio, size):
                ratio, size = model.nearest(ratio, size, largest)
            found.append(Fallback(model=model.id, ratio=ratio, size=size, weight=model.weight))
    return tuple(found)


def _chain(model: Model, models: Catalogue) -> Iterator[Model]:
    """Yield what a model falls back to, then what that one does, and so on; each once."""
    seen = {model.id}
    while model.fallback is not None and model.fallback not in seen:
        following = models.find(model.fallback)
        if following is None:
            return
        seen.add(following.id)
        yield following
        model = following
