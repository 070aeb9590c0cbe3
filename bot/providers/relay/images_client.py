"""The relay's second endpoint: Gemini and GPT, with references inside the call."""

from __future__ import annotations

from pathlib import Path

from bot.domain.image_models.catalogue import Model
from bot.domain.models import ImageRequest, Picture
from bot.providers.relay.access import accepted
from bot.providers.sizes import pixel_size
from bot.providers.wire.bodies import JsonBody
from bot.providers.wire.picture_calls import PictureCalls
from bot.providers.wire.reference_files import ReferenceFiles
from bot.providers.wire.service_access import ServiceAccess

_PATH = "/api/data/images/generate"


class RelayImagesClient:
    """Client for one model of the endpoint, ``gemini`` or ``gpt``."""

    def __init__(
        self, calls: PictureCalls, access: ServiceAccess, references: ReferenceFiles, model: Model
    ) -> None:
        self._calls = calls
        self._access = access
        self._references = references
        self._model = model

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture in the folder ``into``, under a new name; raise only BotErrors."""
        fields = {"prompt": request.prompt, "provider": self._model.upstream}
        fields |= self._size(request) | dict(self._model.body)
        files = await self._references.files(request.references, into)
        for file in files:  # at most one
            fields |= {"image": file.marker, "imageMimeType": file.media_type}
        return await self._calls.draw(
            self._access, _PATH, JsonBody(fields=fields, files=files), request, into
        )

    async def check(self) -> str:
        """Report in a sentence that the relay accepts the token; raise BotErrors. Costs nothing."""
        return accepted(await self._calls.check(self._access, _PATH, {"provider": self._model.upstream}))

    def _size(self, request: ImageRequest) -> dict[str, object]:
        if self._model.size_style == "pixels":
            return {"size": pixel_size(self._model, request)}
        return {"aspectRatio": request.ratio, "imageSize": request.size}
