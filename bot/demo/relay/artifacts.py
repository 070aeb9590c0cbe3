"""The simulated relay's store of public files: two-step upload, no token at the second."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.demo.relay.request import Refused, read_body

_KEPT = 64
_LARGEST = 10_000_000
_UPLOAD, _PUBLIC = "/artifacts/upload", "/artifacts/public"


@dataclass(slots=True)
class _File:
    content_type: str
    key: str
    content: bytes | None = None


class DemoArtifacts:
    """Keep the newest files that were uploaded; ``authorize`` refuses a call without the right token."""

    def __init__(self, authorize: Callable[[web.Request], None]) -> None:
        self._authorize = authorize
        self._files: OrderedDict[str, _File] = OrderedDict()

    def add_routes(self, app: web.Application) -> None:
        """Answer at the relay's paths, and where files are put and read."""
        app.router.add_post("/api/artifacts/upload-url", self._offer)
        app.router.add_put(_UPLOAD + "/{name}", self._take)
        app.router.add_get(_PUBLIC + "/{name}", self._show)

    def read(self, url: str) -> bytes | None:
        """Return the file that was published at a URL."""
        path, _, name = urlsplit(url).path.rpartition("/")
        file = self._files.get(name) if path == _PUBLIC else None
        return file.content if file else None

    async def _offer(self, request: web.Request) -> web.Response:
        try:
            self._authorize(request)
            body: Any = await read_body(request)
            names = [self._expect(file["name"], file["contentType"]) for file in body["files"]]
        except Refused as refusal:
            return refusal.answer()
        except (LookupError, TypeError):
            return Refused(400, json.dumps({"error": "Missing required field: files"})).answer()
        here = f"{request.scheme}://{request.host}"
        return web.json_response({"urls": [self._addresses(here, name) for name in names]})

    def _expect(self, name: str, content_type: str) -> str:
        """Make room for a file, and return the name it will have."""
        unique = f"{secrets.token_hex(8)}-{name}"
        self._files[unique] = _File(content_type, secrets.token_hex(16))
        if len(self._files) > _KEPT:
            self._files.popitem(last=False)
        return unique

    def _addresses(self, here: str, name: str) -> dict[str, str]:
        return {
            "uploadUrl": f"{here}{_UPLOAD}/{name}?key={self._files[name].key}",
            "publicUrl": f"{here}{_PUBLIC}/{name}",
        }

    async def _take(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        # A signed address refuses whoever brings another key beside it, as such stores do.
        if file is None or request.query.get("key") != file.key or "Authorization" in request.headers:
            return web.Response(status=403)
        if request.content_type != file.content_type or (request.content_length or _LARGEST + 1) > _LARGEST:
            return web.Response(status=400)
        content = bytearray()
        async for piece in request.content.iter_chunked(65536):
            content += piece
        file.content = bytes(content)
        return web.Response()

    async def _show(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        if file is None or file.content is None:
            return web.Response(status=404)
        return web.Response(body=file.content, content_type=file.content_type)
