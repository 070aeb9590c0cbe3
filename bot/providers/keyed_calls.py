"""Calls of a service that is reached with a key."""

from __future__ import annotations

from pathlib import Path

from bot.domain.errors import OperatorError, RelayUnavailable
from bot.domain.models import ImageRequest, Picture
from bot.providers.credentials import Credentials
from bot.providers.errors.error_response import ErrorResponse, read_text
from bot.providers.wire.bodies import Body, JsonBody
from bot.providers.wire.picture_calls import Call, PictureCalls, Read
from bot.providers.wire.reply_shapes import IMAGES_REPLY
from bot.providers.wire.transport_errors import TRANSPORT_ERRORS, translate


class KeyedCalls:
    """Makes calls with a key that never changes."""

    def __init__(self, calls: PictureCalls, credentials: Credentials) -> None:
        self._calls = calls
        self._credentials = credentials

    async def draw(self, path: str, body: Body, request: ImageRequest, into: Path) -> Picture:
        """Draw one picture in the folder ``into`` by a call of ``path``; raise only BotErrors."""

        async def post(read: Read) -> ErrorResponse | None:
            return await self._calls.post(self._call(path, body), read)

        url = self._credentials.url
        return await self._calls.draw(post, request, into, shape=IMAGES_REPLY, trusted=url)

    async def check(self, path: str, model: str) -> str:
        """Report in a sentence that the key is accepted; raise BotErrors. Costs nothing: it has no prompt."""
        try:
            response = await self._calls.post(self._call(path, JsonBody(fields={"model": model})), read_text)
        except TRANSPORT_ERRORS as error:
            failure = error
        else:
            return self._check_result(response, model)
        raise translate(failure)

    def _call(self, path: str, body: Body) -> Call:
        return Call(url=f"{self._credentials.url}{path}", token=self._credentials.token, body=body)

    def _check_result(self, response: ErrorResponse | None, model: str) -> str:
        error = response.to_error() if response else None
        if isinstance(error, (OperatorError, RelayUnavailable)):
            raise error
        status = response.status if response else 200
        return (
            f"{self._credentials.url} responds (HTTP {status} to a call of {model} without a prompt) "
            "and didn't refuse the key."
        )
