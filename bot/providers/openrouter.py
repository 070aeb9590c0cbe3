"""OpenRouter's images; it refuses unknown fields."""

from __future__ import annotations

from pathlib import Path

from bot.domain.image_models.catalogue import Model
from bot.domain.models import ImageRequest, Picture
from bot.providers.keyed_access import check_key
from bot.providers.wire.bodies import JsonBody
from bot.providers.wire.picture_calls import PictureCalls
from bot.providers.wire.reference_files import ReferenceFiles
from bot.providers.wire.service_access import ServiceAccess

_PATH = "/api/v1/images"


class OpenRouterClient:
    """Client for one model."""

    def __init__(
        self, calls: PictureCalls, access: ServiceAccess, references: ReferenceFiles, model: Model
    ) -> None:
        self._calls = calls
        self._access = access
        self._references = references
        self._model = model

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
        return await self._calls.draw(
            self._access, _PATH, JsonBody(fields=fields, files=files), request, into
        )

    async def check(self) -> str:
        """Report in a sentence that the service accepts the key; raise BotErrors. Costs nothing."""
        return await check_key(self._calls, self._access, _PATH, self._model.upstream)
