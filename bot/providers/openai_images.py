"""OpenAI's images, and every service that copied their shape."""

from __future__ import annotations

from pathlib import Path

from bot.domain.models import ImageRequest, Picture
from bot.providers.keyed_client import KeyedClient
from bot.providers.sizes import pixel_size
from bot.providers.wire.bodies import FormBody, JsonBody

_EDIT = "/images/edits"


class OpenAIImagesClient(KeyedClient):
    """Client for one model; requests with a reference are edits, sent as a form."""

    path = "/images/generations"

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
            return await self._draw(self.path, JsonBody(fields=fields), request, into)
        files = await self._references.files(request.references, into)
        name = "image[]" if len(files) > 1 else "image"
        body = FormBody(fields=fields, files=tuple((name, file) for file in files))
        return await self._draw(_EDIT, body, request, into)
