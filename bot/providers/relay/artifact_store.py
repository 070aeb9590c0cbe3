"""Upload files to the relay's store of public artifacts."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession, ClientTimeout

from bot.domain.errors import BadReply, OperatorError, ReferenceUnusable, RelayUnavailable
from bot.domain.models import PictureFormat
from bot.domain.ports import UrlGuard
from bot.providers.credentials import CredentialProvider, Credentials
from bot.providers.errors.error_response import ErrorResponse, read_text
from bot.providers.wire.picture_calls import SUFFIXES
from bot.providers.wire.transport_errors import TRANSPORT_ERRORS, translate

_URL = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)
_MAX_URL_LENGTH = 4000


class ArtifactStore:
    """The relay's artifact store; ``timeout`` in seconds applies to each of an upload's two calls.

    Files are uploaded through ``guard``, as the relay's reply may name any address.
    """

    def __init__(
        self,
        session: ClientSession,
        credentials: CredentialProvider,
        guard: UrlGuard,
        *,
        timeout: float = 30.0,
    ) -> None:
        self._session = session
        self._credentials = credentials
        self._guard = guard
        self._timeout = timeout

    async def publish(self, picture: bytes, form: PictureFormat) -> str:
        """Upload a picture and return its public URL; raise only BotErrors."""
        try:
            return await self._publish(picture, f"{uuid4().hex}{SUFFIXES[form]}", f"image/{form}")
        except TRANSPORT_ERRORS as error:
            failure = error
        raise translate(failure)

    async def _publish(self, picture: bytes, name: str, content_type: str) -> str:
        credentials = await self._credentials.get()
        response = await self._request_upload(credentials, name, content_type)
        if response.token_refused:
            credentials = await self._credentials.refresh(credentials)
            response = await self._request_upload(credentials, name, content_type)
        upload_url, public_url = _upload_urls(response)
        await self._put(upload_url, picture, content_type, credentials)
        return public_url

    async def _request_upload(self, credentials: Credentials, name: str, content_type: str) -> ErrorResponse:
        async with self._session.post(
            f"{credentials.url}/api/artifacts/upload-url",
            json={"files": [{"name": name, "contentType": content_type, "public": True}]},
            headers={"Authorization": f"Bearer {credentials.token}"},
            timeout=ClientTimeout(total=self._timeout),
            allow_redirects=False,  # a redirect would take the token along
        ) as response:
            return ErrorResponse.from_response(response, await read_text(response), credentials.token)

    async def _put(self, url: str, picture: bytes, content_type: str, credentials: Credentials) -> None:
        # The URL is signed and needs no token. Redirects would lead to another host than the relay named.
        try:
            async with asyncio.timeout(self._timeout):
                status = await self._guard.put(
                    url, picture, content_type=content_type, trusted=credentials.url
                )
        except ReferenceUnusable as error:
            raise OperatorError(
                f"the relay names an address for uploads that can't be used: {error.detail}"
            ) from None
        if 300 <= status < 400:
            raise OperatorError(f"the upload was redirected with HTTP {status}")
        if not 200 <= status < 300:
            raise RelayUnavailable(f"HTTP {status} in reply to the upload")


def _upload_urls(response: ErrorResponse) -> tuple[str, str]:
    if response.status == 404:
        raise OperatorError("the relay has no artifact store")
    if not 200 <= response.status < 300:
        raise response.to_error()
    try:
        found: Any = json.loads(response.text)["urls"][0]
        upload_url, public_url = found["uploadUrl"], found["publicUrl"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise BadReply("the response has no upload URLs") from None
    for url in (upload_url, public_url):
        if not isinstance(url, str) or len(url) > _MAX_URL_LENGTH or not _URL.fullmatch(url):
            raise BadReply("the response has something else than http(s) URLs")
    return upload_url, public_url
