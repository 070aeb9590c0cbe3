"""OpenRouter's images; it refuses unknown fields."""

from __future__ import annotations

from pathlib import Path

from bot.domain.models import ImageRequest, Picture
from bot.providers.keyed_client import KeyedClient
from bot.providers.wire.bodies import JsonBody


class OpenRouterClient(KeyedClient):
    """Client for one model."""

    path = "/api/v1/images"

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture in the folder ``into``, under a new name; raise only BotErrors."""
        fields: dict[str, object] = {
            "model": self._model.upstream,
            "prompt": request.prompt,
            "aspect_ratio": request.ratio,
            "resolution": request.size,
            **self._model.body,
        }
        style = self._model.reference_style
        images, files = await self._references.addresses(request.references, style, into)
        if images:
            fields["input_references"] = [
                {"type": "image_url", "image_url": {"url": address}} for address in images
            ]
        return await self._draw(self.path, JsonBody(fields=fields, files=files), request, into)
