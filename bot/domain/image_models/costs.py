"""What requests are expected to cost: the price of each picture, if each is drawn once."""

from __future__ import annotations

from bot.domain.image_models.catalogue import Catalogue
from bot.domain.image_models.comparisons import draft_of
from bot.domain.models import Draft, Size


def picture_cost(models: Catalogue | None, model: str | None, size: Size) -> int:
    """Return the price of a picture in millionths; 0 where it isn't known."""
    found = models.find(model) if models else None
    return found.price.of(size) if found and found.price else 0


def expected_cost(models: Catalogue | None, draft: Draft) -> int:
    """Return what the pictures of a request cost in millionths, those of a comparison by their models."""
    requests = (draft_of(draft, number).request for number in range(1, draft.count + 1))
    return sum(picture_cost(models, request.model, request.size) for request in requests)
