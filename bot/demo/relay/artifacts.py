"""The simulated relay's store of public files: two-step upload, the second without a token."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.demo.relay.request import Refusal, parse_body

_MAX_FILES = 64
_MAX_BYTES = 10_000_000
_UPLOAD, _PUBLIC = "/artifacts/upload", "/artifacts/public"


@dataclass(slots=True)
class _File:
    content_type: str
    key: str
    content: bytes | None = None


class DemoArtifacts:
    """Store the newest uploads; ``authorize`` raises for a call without a valid token."""

    def __init__(self, authorize: Callable[[web.Request], None]) -> None:
        self._authorize = authorize
        self._files: OrderedDict[str, _File] = OrderedDict()

    def add_routes(self, app: web.Application) -> None:
        """Register the endpoints for creating upload URLs, uploading and downloading."""
        app.router.add_post("/api/artifacts/upload-url", self._create_upload_urls)
        app.router.add_put(_UPLOAD + "/{name}", self._receive_file)
        app.router.add_get(_PUBLIC + "/{name}", self._serve_file)

    def read(self, url: str) -> bytes | None:
        """Return the file published at a URL, or None."""
        path, _, name = urlsplit(url).path.rpartition("/")
        file = self._files.get(name) if path == _PUBLIC else None
        return file.content if file else None

    async def _create_upload_urls(self, request: web.Request) -> web.Response:
        try:
            self._authorize(request)
            body: Any = await parse_body(request)
            names = [self._reserve_name(file["name"], file["contentType"]) for file in body["files"]]
        except Refusal as refusal:
            return refusal.answer()
        except (LookupError, TypeError):
            return Refusal(400, json.dumps({"error": "Missing required field: files"})).answer()
        here = f"{request.scheme}://{request.host}"
        return web.json_response({"urls": [self._addresses(here, name) for name in names]})

    def _reserve_name(self, name: str, content_type: str) -> str:
        """Reserve a unique name for a file, evicting the oldest."""
        unique = f"{secrets.token_hex(8)}-{name}"
        self._files[unique] = _File(content_type, secrets.token_hex(16))
        if len(self._files) > _MAX_FILES:
            self._files.popitem(last=False)
        return unique

    def _addresses(self, here: str, name: str) -> dict[str, str]:
        return {
            "uploadUrl": f"{here}{_UPLOAD}/{name}?key={self._files[name].key}",
            "publicUrl": f"{here}{_PUBLIC}/{name}",
        }

    async def _receive_file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        # Stores with signed URLs refuse requests that carry other credentials too.
        if file is None or request.query.get("key") != file.key or "Authorization" in request.headers:
            return web.Response(status=403)
        if (
            request.content_type != file.content_type
            or (request.content_length or _MAX_BYTES + 1) > _MAX_BYTES
        ):
            return web.Response(status=400)
        content = bytearray()
        async for piece in request.content.iter_chunked(65536):
            content += piece
        file.content = bytes(content)
        return web.Response()

    async def _serve_file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        if file is None or file.content is None:
            return web.Response(status=404)
        return web.Response(body=file.content, content_type=file.content_type)
