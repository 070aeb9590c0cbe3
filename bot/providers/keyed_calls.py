"""Calls of a service that is reached with a key."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bot.domain.models import ImageRequest, Picture
from bot.providers.credentials import Credentials
from bot.providers.errors.error_response import ErrorResponse
from bot.providers.wire.bodies import Body, JsonBody
from bot.providers.wire.picture_calls import Call, PictureCalls, Read
from bot.providers.wire.reply_shapes import IMAGES_REPLY


class KeyedCalls:
    """Makes calls with a key that never changes."""

    def __init__(self, calls: PictureCalls, credentials: Credentials) -> None:
        self._calls = calls
        self._credentials = credentials

    async def draw(self, path: str, body: Body, request: ImageRequest, into: Path) -> Picture:
        """Draw one picture in the folder ``into`` by a call of ``path``; raise only BotErrors."""
        post, url = partial(self._post, path, body), self._credentials.url
        return await self._calls.draw(post, request, into, shape=IMAGES_REPLY, trusted=url)

    async def check(self, path: str, model: str) -> str:
        """Report in a sentence that the key is accepted; raise BotErrors. Costs nothing: it has no prompt."""
        status = await self._calls.check(partial(self._post, path, JsonBody(fields={"model": model})))
        return (
            f"{self._credentials.url} responds (HTTP {status} to a call of {model} without a prompt) "
            "and didn't refuse the key."
        )

    async def _post(self, path: str, body: Body, read: Read) -> ErrorResponse | None:
        call = Call(url=f"{self._credentials.url}{path}", token=self._credentials.token, body=body)
        return await self._calls.post(call, read)
