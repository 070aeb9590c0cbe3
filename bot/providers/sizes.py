"""How sizes are named in calls."""

from __future__ import annotations

from bot.domain.errors import SizeRefused
from bot.domain.image_models.catalogue import Model
from bot.domain.models import ImageRequest


def pixel_size(model: Model, request: ImageRequest) -> str:
    """Return a request's size as ``2560x1440``; raise ``SizeRefused`` where the model doesn't draw it."""
    sides = model.pixels.get(request.size, {}).get(request.ratio)
    if sides is None:
        raise SizeRefused(f"{model.id} has no {request.ratio} at {request.size}")
    return f"{sides[0]}x{sides[1]}"
