"""Calls of the relay's services, which share its address and its credentials."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from bot.domain.models import ImageRequest, Picture
from bot.providers.credentials import CredentialProvider, Credentials
from bot.providers.errors.error_response import ErrorResponse
from bot.providers.wire.bodies import Body, JsonBody
from bot.providers.wire.picture_calls import Call, PictureCalls, Read
from bot.providers.wire.reply_shapes import RELAY_REPLY


class RelayCalls:
    """Makes calls with ``credentials``; a refused token is refreshed once and the call repeated."""

    def __init__(self, calls: PictureCalls, credentials: CredentialProvider) -> None:
        self._calls = calls
        self._credentials = credentials

    async def draw(self, path: str, body: Body, request: ImageRequest, into: Path) -> Picture:
        """Draw one picture in the folder ``into`` by a call of ``path``; raise only BotErrors."""
        post = partial(self._post, path, body)
        return await self._calls.draw(post, request, into, shape=RELAY_REPLY, trusted="")

    async def check(self, path: str, fields: Mapping[str, object]) -> str:
        """Report in a sentence that the token is accepted; raise BotErrors. ``fields`` have no prompt."""
        status = await self._calls.check(partial(self._post, path, JsonBody(fields=fields)))
        return f"The relay responds (HTTP {status} to a call without a prompt) and didn't refuse the token."

    async def _post(self, path: str, body: Body, read: Read) -> ErrorResponse | None:
        credentials = await self._credentials.get()
        response = await self._calls.post(_call(credentials, path, body), read)
        if response is not None and response.token_refused:
            credentials = await self._credentials.refresh(credentials)
            response = await self._calls.post(_call(credentials, path, body), read)
        return response


def _call(credentials: Credentials, path: str, body: Body) -> Call:
    return Call(url=f"{credentials.url}{path}", token=credentials.token, body=body)
