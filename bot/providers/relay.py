"""Ask the relay for a picture: one call, one try."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from aiohttp import ClientResponse, ClientSession, ClientTimeout

from bot.domain.errors import BotError, OperatorError, ReferenceUnusable, RelayUnavailable
from bot.domain.models import ImageRequest, Picture, PictureFormat
from bot.providers.credentials import Access, Credentials
from bot.providers.error_answer import Answer, read_text
from bot.providers.reply import receive
from bot.providers.transport_errors import FOREIGN, translated

log = logging.getLogger(__name__)

SUFFIXES: dict[PictureFormat, str] = {
    "png": ".png",
    "jpeg": ".jpg",
    "webp": ".webp",
    "gif": ".gif",
    "bmp": ".bmp",
    "tiff": ".tiff",
}


class RelayClient:
    """The relay's one call.

    ``verify`` checks a spooled file and says what it holds. Times are in seconds: ``timeout`` for the whole
    call, ``connect_timeout`` for reaching the relay. The latter includes waiting for a place in the session's
    connection pool: give the session at least as many places as calls run at once.
    """

    def __init__(
        self,
        session: ClientSession,
        credentials: Credentials,
        *,
        verify: Callable[[Path], Awaitable[Picture]],
        timeout: float = 300.0,
        connect_timeout: float = 10.0,
        read_timeout: float | None = None,
        max_bytes: int = 64 * 1024 * 1024,
        default_model: str = "seedream-4.5",
    ) -> None:
        self._session = session
        self._credentials = credentials
        self._verify = verify
        # The call is silent until the picture is done, so silence alone says nothing before the end.
        silence = timeout if read_timeout is None else read_timeout
        self._timeout = ClientTimeout(total=timeout, connect=connect_timeout, sock_read=silence)
        self._max_bytes = max_bytes
        self._default_model = default_model

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Draw one picture into the folder ``into``, under a new name; raise only BotErrors.

        A refused token is renewed once and the call repeated; nothing else is tried again. Whatever fails,
        the folder holds nothing of it.
        """
        try:
            return await self._draw(request, Path(into))
        except FOREIGN as error:
            failure = error
        raise translated(failure)

    async def check(self) -> str:
        """Say in a sentence that the relay answers and takes the token; costs nothing, raises BotErrors."""
        try:
            answer = await self._ask({}, read_text)
        except FOREIGN as error:
            failure = error
        else:
            return _verdict(answer)
        raise translated(failure)

    async def _draw(self, request: ImageRequest, into: Path) -> Picture:
        with _spool(into) as file:

            async def picture_of(response: ClientResponse) -> str | None:
                return await receive(response.content.iter_chunked(_CHUNK), file, limit=self._max_bytes)

            answer = await self._ask(self._payload(request), picture_of)
            if answer is not None:
                raise _explained(answer, request)
            picture = await self._verify(file)
            return replace(picture, path=file.rename(into / f"{uuid4().hex}{SUFFIXES[picture.format]}"))

    def _payload(self, request: ImageRequest) -> dict[str, str]:
        payload = {
            "prompt": request.prompt,
            "size": request.size,
            "aspectRatio": request.ratio,
            "model": request.model or self._default_model,
        }
        return payload | ({"image": request.reference} if request.reference else {})

    async def _ask(self, payload: dict[str, str], read: _Read) -> Answer | None:
        """Post, and once more where the token is refused; None where ``read`` took the picture."""
        access = await self._credentials.access()
        answer = await self._post(access, payload, read)
        if answer is not None and answer.lacks_token:
            access = await self._credentials.renew(access)
            answer = await self._post(access, payload, read)
        return answer

    async def _post(self, access: Access, payload: dict[str, str], read: _Read) -> Answer | None:
        if self._session.closed:
            raise RelayUnavailable("the HTTP session is closed")
        async with self._session.post(
            f"{access.url}/api/data/jimeng/generate",
            json=payload,
            # Base64 hardly shrinks, and unpacking 95 MB costs more than it saves.
            headers={"Authorization": f"Bearer {access.token}", "Accept-Encoding": "identity"},
            timeout=self._timeout,
            allow_redirects=False,  # the token must not travel
        ) as response:
            text = await read(response) if response.status < 300 else await read_text(response)
        if text is None:
            return None
        return Answer.of(response, text, access)


_Read = Callable[[ClientResponse], Awaitable[str | None]]
_CHUNK = 64 * 1024
"""Measured: smaller pieces cost more work, larger ones hold the loop longer."""


def _explained(answer: Answer, request: ImageRequest) -> BotError:
    error = answer.meaning()
    if isinstance(error, ReferenceUnusable) and request.reference is None:
        error = BotError(error.detail)
    if type(error) is BotError:
        log.warning("The relay gave an answer that nothing here knows: %r", error.detail)
    return error


def _verdict(answer: Answer | None) -> str:
    """Judge what came back for a call without a prompt: any complaint but ours to mend is a good sign."""
    error = answer.meaning() if answer else None
    if isinstance(error, (OperatorError, RelayUnavailable)):
        raise error
    status = answer.status if answer else 200
    return f"The relay answers (HTTP {status} to a call without a prompt) and didn't refuse the token."


@contextmanager
def _spool(folder: Path) -> Generator[Path]:
    """Lend a name in ``folder``, made if need be; what stays under it is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f".{uuid4().hex}.part"
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)
