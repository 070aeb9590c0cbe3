"""Clients of services that are reached with a key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.domain.image_models.catalogue import Model
from bot.domain.models import ImageRequest, Picture
from bot.providers.credentials import Credentials
from bot.providers.wire.bodies import Body
from bot.providers.wire.picture_calls import PictureCalls
from bot.providers.wire.reference_files import ReferenceFiles
from bot.providers.wire.reply_shapes import IMAGES_REPLY
from bot.providers.wire.service_access import ServiceAccess


@dataclass(frozen=True, slots=True)
class KeyCredentials:
    """A key that never changes."""

    credentials: Credentials

    async def get(self) -> Credentials:
        """Return the key."""
        return self.credentials

    async def refresh(self, stale: Credentials) -> None:
        """Return None: what the service says about a refused key is the error to report."""


class KeyedClient:
    """Client for one model of a service that is called at ``path``; ``key`` is for the service's URL."""

    path: str

    def __init__(
        self, calls: PictureCalls, key: Credentials, references: ReferenceFiles, model: Model
    ) -> None:
        self._calls = calls
        self._url = key.url
        # Its results may be at its own address.
        self._access = ServiceAccess(credentials=KeyCredentials(key), shape=IMAGES_REPLY, trusted=key.url)
        self._references = references
        self._model = model

    async def check(self) -> str:
        """Report in a sentence that the service accepts the key; raise BotErrors. Costs nothing."""
        model = self._model.upstream
        status = await self._calls.check(self._access, self.path, {"model": model})
        return (
            f"{self._url} responds (HTTP {status} to a call of {model} without a prompt) "
            "and didn't refuse the key."
        )

    async def _draw(self, path: str, body: Body, request: ImageRequest, into: Path) -> Picture:
        """Draw one picture in the folder ``into`` by a call of ``path``."""
        return await self._calls.draw(self._access, path, body, request, into)
