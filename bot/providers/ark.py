"""BytePlus ModelArk and Volcengine Ark."""

from __future__ import annotations

from pathlib import Path

from bot.domain.models import ImageRequest, Picture
from bot.providers.keyed_client import KeyedClient
from bot.providers.sizes import pixel_size
from bot.providers.wire.bodies import JsonBody


class ArkClient(KeyedClient):
    """Client for one model."""

    path = "/api/v3/images/generations"

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture in the folder ``into``, under a new name; raise only BotErrors."""
        fields: dict[str, object] = {
            "model": self._model.upstream,
            "prompt": request.prompt,
            "size": self._size(request),
            "response_format": "b64_json",
            **self._model.body,
        }
        style = self._model.reference_style
        images, files = await self._references.addresses(request.references, style, into)
        if images:
            fields["image"] = images if len(images) > 1 else images[0]
        return await self._draw(self.path, JsonBody(fields=fields, files=files), request, into)

    def _size(self, request: ImageRequest) -> str:
        return request.size if self._model.size_style == "tier" else pixel_size(self._model, request)
