"""Ask the relay for a picture: one call, one try."""

from __future__ import annotations

import logging
import ssl
import zlib
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from aiohttp import (
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    InvalidURL,
    NonHttpUrlClientError,
)

from bot.errors import (
    BadReply,
    BotError,
    OperatorError,
    ReferenceUnusable,
    RelayUnavailable,
)
from bot.models import ImageRequest, Picture, PictureFormat
from bot.relay.credentials import Access, Credentials
from bot.relay.refusals import explain, lacks_token
from bot.relay.reply import receive

log = logging.getLogger(__name__)

SUFFIXES: dict[PictureFormat, str] = {
    "png": ".png",
    "jpeg": ".jpg",
    "webp": ".webp",
    "gif": ".gif",
    "bmp": ".bmp",
    "tiff": ".tiff",
}

FOREIGN: tuple[tuple[tuple[type[Exception], ...], type[BotError]], ...] = (
    ((InvalidURL, NonHttpUrlClientError), OperatorError),
    ((ClientPayloadError, zlib.error), BadReply),  # cut off, or not the encoding it claims
    # A RuntimeError is aiohttp's word for a session, or the executor's for threads, closed under a call.
    ((ClientError, TimeoutError, ConnectionError, ssl.SSLError, RuntimeError), RelayUnavailable),
    ((OSError,), OperatorError),  # what is left is the disk
    ((ValueError,), OperatorError),  # an address or a token that can't be put into a request
)
"""What each foreign error means; the first row that fits wins."""


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
        except (ClientError, OSError, ValueError, RuntimeError, zlib.error) as error:
            failure = error
        # Outside the handler, or the error would still hang on the new one as its context.
        raise _ours(failure) from _fit_to_keep(failure)

    async def check(self) -> str:
        """Say in a sentence that the relay answers and takes the token; costs nothing, raises BotErrors."""
        try:
            answer = await self._ask({}, _text)
        except (ClientError, OSError, ValueError, RuntimeError, zlib.error) as error:
            failure = error
        else:
            return _verdict(answer)
        raise _ours(failure) from _fit_to_keep(failure)

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

    async def _ask(self, payload: dict[str, str], read: _Read) -> _Answer | None:
        """Post, and once more where the token is refused; None where ``read`` took the picture."""
        access = await self._credentials.access()
        answer = await self._post(access, payload, read)
        if answer is not None and lacks_token(answer.status, answer.text):
            access = await self._credentials.renew(access)
            answer = await self._post(access, payload, read)
        return answer

    async def _post(self, access: Access, payload: dict[str, str], read: _Read) -> _Answer | None:
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
            text = await read(response) if response.status < 300 else await _text(response)
        if text is None:
            return None
        return _Answer(response.status, text, response.headers.get("Retry-After"), access.token)


_Read = Callable[[ClientResponse], Awaitable[str | None]]
_CHUNK = 64 * 1024
"""Measured: smaller pieces cost more work, larger ones hold the loop longer."""
_MOST_TEXT = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    text: str
    retry_after: str | None
    token: str = field(repr=False)

    def meaning(self) -> BotError:
        """Return the error that it stands for, without the token where the relay repeated it."""
        error = explain(self.status, self.text, retry_after=self.retry_after)
        error.detail = error.detail.replace(self.token, "***")
        return error


def _explained(answer: _Answer, request: ImageRequest) -> BotError:
    error = answer.meaning()
    if isinstance(error, ReferenceUnusable) and request.reference is None:
        error = BotError(error.detail)
    if type(error) is BotError:
        log.warning("The relay gave an answer that nothing here knows: %r", error.detail)
    return error


def _verdict(answer: _Answer | None) -> str:
    """Judge what came back for a call without a prompt: any complaint but ours to mend is a good sign."""
    error = answer.meaning() if answer else None
    if isinstance(error, (OperatorError, RelayUnavailable)):
        raise error
    status = answer.status if answer else 200
    return f"The relay answers (HTTP {status} to a call without a prompt) and didn't refuse the token."


async def _text(response: ClientResponse) -> str:
    """Read the body's first 64 KiB, or what there is of them when it breaks off: the status still counts."""
    text = bytearray()
    try:
        async for chunk in response.content.iter_chunked(8192):
            text += chunk
            if len(text) >= _MOST_TEXT:
                break
    except (ClientError, OSError, RuntimeError, zlib.error) as error:
        log.debug("An answer with status %d broke off: %s", response.status, type(error).__name__)
    return text[:_MOST_TEXT].decode(errors="replace")


@contextmanager
def _spool(folder: Path) -> Generator[Path]:
    """Lend a name in ``folder``, made if need be; what stays under it is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f".{uuid4().hex}.part"
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _ours(error: Exception) -> BotError:
    ours = next(ours for theirs, ours in FOREIGN if isinstance(error, theirs))
    return ours(f"{type(error).__name__}: {error}")


def _fit_to_keep(error: Exception) -> Exception | None:
    """Drop an error that prints the request's headers, token included."""
    return None if isinstance(error, ClientResponseError) else error
