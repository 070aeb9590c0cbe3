"""Draws each request with the provider of its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.domain.errors import OperatorError
from bot.domain.image_models.catalogue import Catalogue
from bot.domain.models import ImageRequest, Picture
from bot.domain.ports import Relay


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
        named = replace(request, model=model.upstream) if model else request
        return await self.client(request.model).generate(named, into)

    def client(self, model: str | None) -> Relay:
        """Return the client that draws a model."""
        return self._clients[(self._models.find(model) or self._models.default).id]
