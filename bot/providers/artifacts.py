"""Publish a file at an address that everyone can read, through the relay's upload."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession, ClientTimeout

from bot.domain.errors import BadReply, OperatorError, RelayUnavailable
from bot.domain.models import PictureFormat
from bot.providers.credentials import Access, Credentials
from bot.providers.error_answer import Answer, read_text
from bot.providers.relay import SUFFIXES
from bot.providers.transport_errors import FOREIGN, translated

_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)
_LONGEST_ADDRESS = 4000


class Artifacts:
    """The relay's store of public files; ``timeout`` in seconds for each of an upload's two calls."""

    def __init__(self, session: ClientSession, credentials: Credentials, *, timeout: float = 30.0) -> None:
        self._session = session
        self._credentials = credentials
        self._timeout = ClientTimeout(total=timeout)

    async def publish(self, picture: bytes, form: PictureFormat) -> str:
        """Put a picture where anyone can read it, and return its address; raise only BotErrors."""
        try:
            return await self._publish(picture, f"{uuid4().hex}{SUFFIXES[form]}", f"image/{form}")
        except FOREIGN as error:
            failure = error
        raise translated(failure)

    async def _publish(self, picture: bytes, name: str, content_type: str) -> str:
        access = await self._credentials.access()
        answer = await self._offer(access, name, content_type)
        if answer.lacks_token:
            answer = await self._offer(await self._credentials.renew(access), name, content_type)
        upload_url, public_url = _addresses(answer)
        await self._put(upload_url, picture, content_type)
        return public_url

    async def _offer(self, access: Access, name: str, content_type: str) -> Answer:
        """Ask where a file may be put."""
        async with self._session.post(
            f"{access.url}/api/artifacts/upload-url",
            json={"files": [{"name": name, "contentType": content_type, "public": True}]},
            headers={"Authorization": f"Bearer {access.token}"},
            timeout=self._timeout,
            allow_redirects=False,  # the token must not travel
        ) as response:
            return Answer.of(response, await read_text(response), access)

    async def _put(self, url: str, picture: bytes, content_type: str) -> None:
        # The address is its own key, so the token stays here, and where it leads no redirect can change.
        async with self._session.put(
            url,
            data=picture,
            headers={"Content-Type": content_type},
            timeout=self._timeout,
            allow_redirects=False,
        ) as response:
            if not 200 <= response.status < 300:
                raise RelayUnavailable(f"the upload was answered with HTTP {response.status}")


def _addresses(answer: Answer) -> tuple[str, str]:
    if answer.status == 404:
        raise OperatorError("the relay has no upload of artifacts")
    if not 200 <= answer.status < 300:
        raise answer.meaning()
    try:
        found: Any = json.loads(answer.text)["urls"][0]
        upload_url, public_url = found["uploadUrl"], found["publicUrl"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise BadReply("the answer holds no addresses to upload to") from None
    for url in (upload_url, public_url):
        if not isinstance(url, str) or len(url) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(url):
            raise BadReply("the answer holds something else than http(s) addresses")
    return upload_url, public_url
