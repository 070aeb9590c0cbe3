"""Draws each request with the provider of its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.domain.errors import OperatorError, SizeRefused
from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.models import ImageRequest, Picture
from bot.domain.ports import Relay
from bot.domain.requests.asked import OTHER_RATIO


class ModelRouter:
    """Passes requests on; ``clients`` has one for the id of each model in ``models``."""

    def __init__(self, models: Catalogue, clients: Mapping[str, Relay]) -> None:
        self._models = models
        self._clients = clients

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture in the folder ``into``; raise only BotErrors.

        A model outside the catalogue is requested by its name from the usual model's provider.
        """
        model = self._models.find(request.model)
        given = len(request.references)
        if model is not None and given > model.references:  # the catalogue was changed meanwhile
            raise OperatorError(f"{model.id} takes {model.references} references instead of {given}")
        if model is None:
            return await self.client(None).generate(request, into)
        try:
            return await self._draw(model, request, into)
        except SizeRefused as error:
            if (other := model.other_ratio(request.ratio)) is not None:
                error.facts = {**error.facts, OTHER_RATIO: other}
            raise

    async def _draw(self, model: Model, request: ImageRequest, into: Path) -> Picture:
        if not model.draws(request.ratio, request.size):
            # Also where a call says no pixels: what isn't listed isn't drawn.
            raise SizeRefused(f"{model.id} has no {request.ratio} at {request.size}")
        return await self.client(model.id).generate(replace(request, model=model.upstream), into)

    def client(self, model: str | None) -> Relay:
        """Return the client that draws a model."""
        return self._clients[(self._models.find(model) or self._models.default).id]
