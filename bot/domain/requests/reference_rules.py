"""Pure rules: how many references a request may have, and which models take them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.errors import RuleBroken
from bot.domain.image_models.catalogue import Catalogue, Model, in_language
from bot.domain.models import Draft

MAX_REFERENCES = 4
"""References of one request, however many its model takes."""


class TooManyReferences(RuleBroken):
    """Report that a model takes fewer references than were given; each of ``others`` takes them all."""

    def __init__(self, rule: str, model: Model, given: int, others: Sequence[Model]) -> None:
        super().__init__(rule, model=in_language(model.label, "en"), count=model.references, given=given)
        self.taken = model.references
        self.given = given
        self.others = tuple(others)


def require_references(draft: Draft, given: int, models: Catalogue, allowed: Sequence[Model]) -> None:
    """Raise ``RuleBroken`` where a draft's model doesn't take all references that were ``given``.

    Only models that are ``allowed`` are offered instead.
    """
    require_at_most(given)
    model = models.find(draft.request.model)
    if model is not None and given > model.references:
        others = [each for each in allowed if each.references >= given]
        raise TooManyReferences(
            "too-many-references" if model.references else "no-references", model, given, others
        )


def require_at_most(given: int) -> None:
    """Raise ``RuleBroken`` for more references than a request may have."""
    if given > MAX_REFERENCES:
        raise RuleBroken("too-many-pictures", most=MAX_REFERENCES, given=given)


def most_references(model: Model | None, allowed: Sequence[Model]) -> int:
    """Return how many references a request may be given: as many as its model takes.

    Where it takes one or none, as many as another model that is ``allowed`` takes, which is then asked about.
    """
    own = model.references if model is not None else 0
    taken = own if own > 1 else max([own, *(each.references for each in allowed)])
    return min(taken, MAX_REFERENCES)
