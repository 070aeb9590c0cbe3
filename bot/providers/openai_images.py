"""OpenAI's images, and every service that copied their shape."""

from __future__ import annotations

from pathlib import Path

from bot.domain.image_models.catalogue import Model
from bot.domain.models import ImageRequest, Picture
from bot.providers.keyed_access import check_key
from bot.providers.sizes import pixel_size
from bot.providers.wire.bodies import FormBody, JsonBody
from bot.providers.wire.picture_calls import PictureCalls
from bot.providers.wire.reference_files import ReferenceFiles
from bot.providers.wire.service_access import ServiceAccess

_GENERATE, _EDIT = "/images/generations", "/images/edits"


class OpenAIImagesClient:
    """Client for one model; requests with a reference are edits, sent as a form."""

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
            "size": pixel_size(self._model, request),
            "n": 1,
            **self._model.body,
        }
        if not request.references:
            return await self._calls.draw(self._access, _GENERATE, JsonBody(fields=fields), request, into)
        files = await self._references.files(request.references, into)
        name = "image[]" if len(files) > 1 else "image"
        body = FormBody(fields=fields, files=tuple((name, file) for file in files))
        return await self._calls.draw(self._access, _EDIT, body, request, into)

    async def check(self) -> str:
        """Report in a sentence that the service accepts the key; raise BotErrors. Costs nothing."""
        return await check_key(self._calls, self._access, _GENERATE, self._model.upstream)
