"""HTTP client of the relay: one call, one attempt."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from aiohttp import ClientResponse, ClientSession, ClientTimeout

from bot.domain.catalogue import Catalogue
from bot.domain.errors import BotError, OperatorError, ReferenceUnusable, RelayUnavailable
from bot.domain.models import ImageRequest, Picture, PictureFormat
from bot.domain.ports import PictureCheck
from bot.providers.credentials import CredentialProvider, Credentials
from bot.providers.errors.error_response import ErrorResponse, read_text
from bot.providers.wire.reply import receive_picture
from bot.providers.wire.transport_errors import TRANSPORT_ERRORS, translate

log = logging.getLogger(__name__)

DEFAULT_MODEL = "seedream-4.5"
"""What the relay draws with where a call names no model."""
SUFFIXES: dict[PictureFormat, str] = {
    "png": ".png",
    "jpeg": ".jpg",
    "webp": ".webp",
    "gif": ".gif",
    "bmp": ".bmp",
    "tiff": ".tiff",
}


class RelayClient:
    """Client of the relay's generate call.

    ``start_check`` starts the check of a picture. Times are in seconds: ``timeout`` for the
    whole call, ``connect_timeout`` for reaching the relay. The latter includes waiting for a connection of
    the session's pool: its limit must be at least the number of concurrent calls.
    """

    def __init__(
        self,
        session: ClientSession,
        credentials: CredentialProvider,
        *,
        start_check: Callable[[], PictureCheck],
        timeout: float = 300.0,
        connect_timeout: float = 10.0,
        read_timeout: float | None = None,
        max_bytes: int = 64 * 1024 * 1024,
        models: Catalogue | None = None,
    ) -> None:
        self._session = session
        self._credentials = credentials
        self._start_check = start_check
        # The relay sends nothing until the picture is done: silence alone is no sign of a failure.
        silence = timeout if read_timeout is None else read_timeout
        self._timeout = ClientTimeout(total=timeout, connect=connect_timeout, sock_read=silence)
        self._max_bytes = max_bytes
        self._models = models

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture in the folder ``into``, under a new name; raise only BotErrors.

        A refused token is refreshed once and the call repeated; nothing else is retried. A failed call leaves
        no file behind.
        """
        try:
            return await self._generate(request, Path(into))
        except TRANSPORT_ERRORS as error:
            failure = error
        raise translate(failure)

    async def check(self) -> str:
        """Report in a sentence that the relay accepts the token; raise BotErrors. Costs nothing."""
        try:
            response = await self._call({}, read_text)
        except TRANSPORT_ERRORS as error:
            failure = error
        else:
            return _check_result(response)
        raise translate(failure)

    async def _generate(self, request: ImageRequest, into: Path) -> Picture:
        with _spool(into) as file:
            check = self._start_check()

            async def spool_picture(response: ClientResponse) -> str | None:
                chunks = response.content.iter_chunked(_CHUNK)
                return await receive_picture(chunks, file, limit=self._max_bytes, check=check)

            response = await self._call(self._payload(request), spool_picture)
            if response is not None:
                raise _error_for(response, request)
            picture = await check.finish(file)
            return replace(picture, path=file.rename(into / f"{uuid4().hex}{SUFFIXES[picture.format]}"))

    def _payload(self, request: ImageRequest) -> dict[str, str]:
        payload = {
            "prompt": request.prompt,
            "size": request.size,
            "aspectRatio": request.ratio,
            "model": self._upstream(request.model),
        }
        return payload | ({"image": request.reference} if request.reference else {})

    def _upstream(self, model: str | None) -> str:
        """Return the relay's name of a model; one outside the catalogue is sent as it is."""
        found = self._models.find(model) if self._models else None
        return found.upstream if found else model or DEFAULT_MODEL

    async def _call(self, payload: dict[str, str], read: _Read) -> ErrorResponse | None:
        """Post, and once more if the token is refused; return None if ``read`` consumed a picture."""
        credentials = await self._credentials.get()
        response = await self._post(credentials, payload, read)
        if response is not None and response.token_refused:
            credentials = await self._credentials.refresh(credentials)
            response = await self._post(credentials, payload, read)
        return response

    async def _post(
        self, credentials: Credentials, payload: dict[str, str], read: _Read
    ) -> ErrorResponse | None:
        if self._session.closed:
            raise RelayUnavailable("the HTTP session is closed")
        async with self._session.post(
            f"{credentials.url}/api/data/jimeng/generate",
            json=payload,
            # Base64 hardly compresses, and decompressing 95 MB costs more than it saves.
            headers={"Authorization": f"Bearer {credentials.token}", "Accept-Encoding": "identity"},
            timeout=self._timeout,
            allow_redirects=False,  # a redirect would take the token along
        ) as response:
            text = await read(response) if response.status < 300 else await read_text(response)
        if text is None:
            return None
        return ErrorResponse.from_response(response, text, credentials)


_Read = Callable[[ClientResponse], Awaitable[str | None]]
_CHUNK = 64 * 1024
"""Measured: smaller chunks cost more work, larger ones block the loop longer."""


def _error_for(response: ErrorResponse, request: ImageRequest) -> BotError:
    error = response.to_error(request.prompt)
    if isinstance(error, ReferenceUnusable) and request.reference is None:
        error = BotError(error.detail)
    if type(error) is BotError:
        log.warning("Unknown error response of the relay: %r", error.detail)
    return error


def _check_result(response: ErrorResponse | None) -> str:
    """Judge the reply to a call without a prompt: only an operator's error or an outage is a problem."""
    error = response.to_error() if response else None
    if isinstance(error, (OperatorError, RelayUnavailable)):
        raise error
    status = response.status if response else 200
    return f"The relay responds (HTTP {status} to a call without a prompt) and didn't refuse the token."


@contextmanager
def _spool(folder: Path) -> Generator[Path]:
    """Yield a temporary file name in ``folder``, created if missing; remove the file if it remains."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f".{uuid4().hex}.part"
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)
