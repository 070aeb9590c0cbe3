"""Calls that draw a picture: posted once, the picture received into a file and checked on the way."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urljoin
from uuid import uuid4

from aiohttp import ClientResponse, ClientSession, ClientTimeout

from bot.domain.errors import (
    REFERENCE,
    BadReply,
    BotError,
    OperatorError,
    ReferenceBlocked,
    ReferenceUnusable,
    RelayUnavailable,
)
from bot.domain.models import ImageRequest, Picture, PictureFormat, ResultAddress
from bot.domain.ports import Download, PictureCheck, ResultAddresses
from bot.providers.credentials import Credentials
from bot.providers.errors.error_response import ErrorResponse, read_text
from bot.providers.errors.reference_numbers import refused_reference
from bot.providers.wire.bodies import Body, JsonBody
from bot.providers.wire.reply import Pause, PictureAddress, no_pause, receive_file, receive_picture
from bot.providers.wire.reply_shapes import ReplyShape
from bot.providers.wire.result_addresses import NOT_KEPT
from bot.providers.wire.service_access import ServiceAccess
from bot.providers.wire.transport_errors import TRANSPORT_ERRORS, translate

log = logging.getLogger(__name__)

SUFFIXES: dict[PictureFormat, str] = {
    "png": ".png",
    "jpeg": ".jpg",
    "webp": ".webp",
    "gif": ".gif",
    "bmp": ".bmp",
    "tiff": ".tiff",
}
_CHUNK = 64 * 1024
"""Measured: smaller chunks cost more work, larger ones block the loop longer."""

Read = Callable[[ClientResponse], Awaitable[str | None]]
"""Reads a reply; returns its text if it has no picture."""
Post = Callable[[Read], Awaitable[ErrorResponse | None]]
"""Posts a call whose reply is read by its argument; returns the error response, or None for a picture."""


class PictureCalls:
    """Makes the calls of all providers.

    ``start_check`` starts the check of a picture, ``addresses`` keeps those of results, ``pause`` is that
    of ``receive_picture``. Times are in seconds:
    ``timeout`` for the whole call, ``connect_timeout`` for reaching the service. The latter includes waiting
    for a connection of the session's pool: its limit must be at least the number of concurrent calls.
    """

    def __init__(
        self,
        session: ClientSession,
        *,
        start_check: Callable[[], PictureCheck],
        download: Download | None = None,
        addresses: ResultAddresses = NOT_KEPT,
        pause: Pause = no_pause,
        timeout: float = 300.0,
        connect_timeout: float = 10.0,
        read_timeout: float | None = None,
        max_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._session = session
        self._start_check = start_check
        self._download = download
        # A service sends nothing until the picture is done: silence alone is no sign of a failure.
        silence = timeout if read_timeout is None else read_timeout
        self._timeout = ClientTimeout(total=timeout, connect=connect_timeout, sock_read=silence)
        self._max_bytes = max_bytes
        self._addresses = addresses
        self._pause = pause

    async def draw(
        self, access: ServiceAccess, path: str, body: Body, request: ImageRequest, into: Path
    ) -> Picture:
        """Draw one picture in the folder ``into``, under a new name; raise only BotErrors.

        ``body`` is posted to a ``path`` of the service once, or twice if the token is refused first. A reply
        may name an address instead: that is stored before it is downloaded, and after a crash it is
        downloaded instead of a new call. A failed call leaves no other file.
        """
        post = partial(self._post, access, path, body)
        try:
            with _spool(into) as file:
                return await self._receive(post, request, file, access.shape, access.trusted)
        except TRANSPORT_ERRORS as error:
            failure = error
        raise translate(failure)

    async def check(self, access: ServiceAccess, path: str, fields: Mapping[str, object]) -> int:
        """Return the HTTP status of a call of ``path`` whose ``fields`` have no prompt; raise BotErrors.

        Only an operator's error or an outage is a problem: a service that misses the prompt is in order.
        """
        try:
            response = await self._post(access, path, JsonBody(fields=fields), read_text)
        except TRANSPORT_ERRORS as error:
            failure = error
        else:
            problem = response.to_error() if response else None
            if isinstance(problem, (OperatorError, RelayUnavailable)):
                raise problem
            return response.status if response else 200
        raise translate(failure)

    async def _post(self, access: ServiceAccess, path: str, body: Body, read: Read) -> ErrorResponse | None:
        """Post a call; one whose token was refused is posted again with a new token, if there is one."""
        credentials = await access.credentials.get()
        response = await self._post_once(credentials, path, body, read)
        if response is not None and response.token_refused:
            renewed = await access.credentials.refresh(credentials)
            if renewed is not None:
                response = await self._post_once(renewed, path, body, read)
        return response

    async def _post_once(
        self, credentials: Credentials, path: str, body: Body, read: Read
    ) -> ErrorResponse | None:
        """Return the response if ``read`` found no picture in it."""
        if self._session.closed:
            raise RelayUnavailable("the HTTP session is closed")
        # Base64 hardly compresses, and decompressing 95 MB costs more than it saves.
        headers = {"Authorization": f"Bearer {credentials.token}", "Accept-Encoding": "identity"}
        options = body.options()
        async with self._session.post(
            f"{credentials.url}{path}",
            **{**options, "headers": headers | options.get("headers", {})},
            timeout=self._timeout,
            allow_redirects=False,  # a redirect would take the token along
        ) as response:
            text = await read(response) if response.status < 300 else await read_text(response)
        if text is None:
            return None
        return ErrorResponse.from_response(response, text, credentials.token)

    async def _receive(
        self, post: Post, request: ImageRequest, file: Path, shape: ReplyShape, trusted: str
    ) -> Picture:
        address = await self._addresses.take(file.parent, request.model) if shape.by_address else None
        paid_before = address is not None
        if address is None:
            check = self._start_check()
            found = await self._call(post, request, file, shape, check)
            if found is None:
                return _named(await check.finish(file))
            url = _absolute(found.url, trusted)
            address = await self._addresses.keep(file.parent, request.model, url)
        try:
            picture = await self._download_result(address, file, trusted, again=paid_before)
        except (BotError, *TRANSPORT_ERRORS) as error:
            failure = error if isinstance(error, BotError) else translate(error)
        else:
            return replace(picture, paid_before=paid_before)
        if paid_before or not isinstance(failure, BadReply):
            # One that is kept was paid with its own call, and only with that.
            failure.paid = not paid_before
        raise failure

    async def _call(
        self, post: Post, request: ImageRequest, file: Path, shape: ReplyShape, check: PictureCheck
    ) -> PictureAddress | None:
        """Return the picture's address, or None once ``file`` holds the picture."""
        addresses: list[PictureAddress] = []

        async def read(response: ClientResponse) -> str | None:
            found = await receive_picture(
                response.content.iter_chunked(_CHUNK),
                file,
                limit=self._max_bytes,
                check=check,
                shape=shape,
                given=request.references,
                pause=self._pause,
                charset=response.charset,
            )
            if not isinstance(found, PictureAddress):
                return found
            addresses.append(found)
            return None

        response = await post(read)
        if response is not None:
            raise _error_for(response, request)
        return addresses[0] if addresses else None

    async def _download_result(
        self, address: ResultAddress, file: Path, trusted: str, *, again: bool
    ) -> Picture:
        done = False
        try:
            check = self._start_check()

            async def receive(chunks: AsyncIterable[bytes]) -> None:
                await receive_file(chunks, file, limit=self._max_bytes, check=check, pause=self._pause)

            await self._fetch(address.url, receive, trusted, again=again)
            # Before the address is given up, as a crash would lose the picture under its temporary name.
            picture = _named(await check.finish(file))
            done = True
            return picture
        except (BadReply, OperatorError):
            done = True  # the same bytes or the same address would be refused again
            raise
        finally:
            await self._addresses.release(address, done=done)

    async def _fetch(
        self,
        url: str,
        receive: Callable[[AsyncIterable[bytes]], Awaitable[None]],
        trusted: str,
        *,
        again: bool,
    ) -> None:
        if self._download is None:
            raise BadReply("the reply names an address instead of a picture")
        try:
            await self._download(url, receive, trusted=trusted)
        except ReferenceUnusable as error:
            raise _download_failure(error, again=again) from error


def _error_for(response: ErrorResponse, request: ImageRequest) -> BotError:
    error = response.to_error(request.prompt)
    if isinstance(error, ReferenceUnusable) and not request.references:
        error = BotError(error.detail)
    if isinstance(error, (ReferenceUnusable, ReferenceBlocked)):
        _tell_reference(error, response.text, request)
    if type(error) is BotError:
        log.warning("Unknown error response of the image service: %r", error.detail)
    return error


def _download_failure(error: ReferenceUnusable, *, again: bool) -> BotError:
    """Return what it means that a result can't be downloaded, which is no reference.

    A picture that isn't found may only be late, unless that is so ``again``.
    """
    kind: type[BotError] = RelayUnavailable
    if error.problem != "unreachable":
        # No other call would name an address that may be opened, and each may be charged.
        kind = OperatorError
    elif again and error.detail.startswith("HTTP 4"):
        kind = BadReply
    return kind(f"the result's address: {error.problem} {error.detail}")


def _absolute(address: str, base: str) -> str:
    """Return a result's address, which may be a path at its service; raise BadReply if it is none."""
    try:
        return urljoin(f"{base}/", address) if address.startswith("/") else address
    except ValueError:
        failure = BadReply("the result's address is none")
    raise failure


def _tell_reference(error: BotError, text: str, request: ImageRequest) -> None:
    """Note which reference an error is about where its text names one of several."""
    if len(request.references) > 1 and (
        number := refused_reference(text, request.references, request.prompt)
    ):
        error.facts = {**error.facts, REFERENCE: number}


def _named(picture: Picture) -> Picture:
    """Give a complete picture a name of its own, under which it is found after a crash."""
    name = f"{uuid4().hex}{SUFFIXES[picture.format]}"
    return replace(picture, path=picture.path.rename(picture.path.with_name(name)))


@contextmanager
def _spool(folder: Path) -> Generator[Path]:
    """Yield a temporary file name in ``folder``, created if missing; remove the file if it remains."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f".{uuid4().hex}.part"
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)
