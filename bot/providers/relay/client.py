"""The relay's own endpoint, Seedream behind a public URL for references: one call, one attempt."""

from __future__ import annotations

from pathlib import Path

from bot.domain.models import ImageRequest, Picture
from bot.providers.relay.access import accepted
from bot.providers.wire.bodies import JsonBody
from bot.providers.wire.picture_calls import PictureCalls
from bot.providers.wire.service_access import ServiceAccess

DEFAULT_MODEL = "seedream-4.5"
"""What the relay draws with where a call names no model."""
_PATH = "/api/data/jimeng/generate"


class RelayClient:
    """Client of the relay's generate call; ``model`` is sent where a request names none."""

    def __init__(self, calls: PictureCalls, access: ServiceAccess, *, model: str = DEFAULT_MODEL) -> None:
        self._calls = calls
        self._access = access
        self._model = model

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture in the folder ``into``, under a new name; raise only BotErrors.

        A refused token is refreshed once and the call repeated; nothing else is retried. A failed call leaves
        no file behind.
        """
        fields = {
            "prompt": request.prompt,
            "size": request.size,
            "aspectRatio": request.ratio,
            "model": request.model or self._model,
        }
        if request.reference:
            fields["image"] = request.reference
        return await self._calls.draw(self._access, _PATH, JsonBody(fields=fields), request, Path(into))

    async def check(self) -> str:
        """Report in a sentence that the relay accepts the token; raise BotErrors. Costs nothing."""
        return accepted(await self._calls.check(self._access, _PATH, {}))
