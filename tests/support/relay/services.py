"""Services of every shape with scripted replies, and clients of them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.config.catalogue import parse
from bot.domain.ports import CheckedRelay
from bot.pictures.sniff import HeaderReader, sniff
from bot.providers.factory import create_clients
from bot.providers.wire.picture_calls import PictureCalls
from bot.sources.guard import Guard
from tests.support.no_names import NoNames
from tests.support.relay.scripted_relay import PNG, ScriptedCheck, fixed, reply_of

KEY = "k3y-of-the-service"
Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A kind of service: its entry in a catalogue, its paths, and the reply that holds a picture."""

    provider: str
    entry: str
    paths: tuple[str, ...]
    reply: Callable[[bytes], bytes]

    @property
    def by_address(self) -> bool:
        """Whether its replies may name an address instead."""
        return self.provider not in ("relay", "relay-images")


def images_reply(picture: bytes) -> bytes:
    """Return a picture in OpenAI's shape, with what services add around it."""
    encoded = base64.b64encode(picture).decode()
    data = {"revised_prompt": '"data": [{"b64_json": "no"}]', "b64_json": encoded, "media_type": "image/png"}
    return json.dumps({"created": 1, "usage": {"data": [1, 2]}, "data": [data]}).encode()


_PIXELS = 'pixels = { "2K" = { "16:9" = "2560x1440" } }'
SERVICES = (
    Service(provider="relay", entry="", paths=("/api/data/jimeng/generate",), reply=reply_of),
    Service(
        provider="relay-images",
        entry='upstream = "gemini"\nbody = { imageSize = "2K" }',
        paths=("/api/data/images/generate",),
        reply=reply_of,
    ),
    Service(
        provider="ark",
        entry='upstream = "seedream"\nbody = { watermark = false }',
        paths=("/api/v3/images/generations",),
        reply=images_reply,
    ),
    Service(
        provider="openai-images",
        entry='upstream = "gpt-image"\nbody = { quality = "low" }',
        paths=("/images/generations", "/images/edits"),
        reply=images_reply,
    ),
    Service(
        provider="openrouter",
        entry='upstream = "some/model"',
        paths=("/api/v1/images",),
        reply=images_reply,
    ),
)


def named(provider: str) -> Service:
    """Return the service of a provider."""
    return next(service for service in SERVICES if service.provider == provider)


@dataclass(slots=True)
class ScriptedService:
    """A service that is listening; ``replies`` are given one after another, the last one again and again."""

    replies: list[Reply]
    references: dict[str, bytes] = field(default_factory=dict[str, bytes])
    redirects: dict[str, str] = field(default_factory=dict[str, str])
    requests: list[web.Request] = field(default_factory=list[web.Request])
    bodies: list[bytes] = field(default_factory=list[bytes])
    downloads: list[str] = field(default_factory=list[str])
    on_download: Callable[[], object] | None = None
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a call."""
        self.requests.append(request)
        self.bodies.append(await request.read())
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return await reply(request)

    async def file(self, request: web.Request) -> web.Response:
        """Send a reference or a result."""
        self.downloads.append(request.path)
        if self.on_download:
            self.on_download()
        if target := self.redirects.get(request.path):
            raise web.HTTPFound(target)
        content = self.references.get(request.path)
        return web.Response(status=404) if content is None else web.Response(body=content)


@asynccontextmanager
async def open_service(
    service: Service, *replies: Reply, more: str = "", **options: Any
) -> AsyncGenerator[tuple[ScriptedService, CheckedRelay]]:
    """Serve scripted replies and yield the service and a client; ``more`` goes into its entry."""
    scripted = ScriptedService(list(replies))
    async with AsyncExitStack() as stack:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        for path in service.paths:
            app.router.add_post(path, scripted.answer)
        app.router.add_get("/files/{name}", scripted.file)
        server = await stack.enter_async_context(TestServer(app))
        scripted.url = str(server.make_url("")).rstrip("/")
        own = {"ark", "openai-images", "openrouter"}
        base = f'base_url = "{scripted.url}"' if service.provider in own else ""
        entry = f'[models.one]\nprovider = "{service.provider}"\n{service.entry}\n{more}\n{base}\n{_PIXELS}\n'
        session = await stack.enter_async_context(ClientSession())
        guard = await stack.enter_async_context(
            Guard(
                sniff=HeaderReader,
                exceptions=[("127.0.0.1", URL(scripted.url).port or 0)],
                resolver=NoNames(),
                timeout=3600,
            )
        )
        check = options.pop("start_check", ScriptedCheck)
        calls = PictureCalls(session, start_check=check, download=guard.download, **options)
        models = parse(entry)
        clients = create_clients(
            models,
            calls,
            fixed(scripted.url),
            keys={model.key_env: KEY for model in models if model.key_env},
            fetch=guard.fetch,
            sniff=sniff,
        )
        yield scripted, clients["one"]


def sends_picture(service: Service, picture: bytes = PNG) -> Reply:
    """Return a reply that holds a picture."""

    async def reply(_: web.Request) -> web.Response:
        return web.Response(body=service.reply(picture), content_type="application/json")

    return reply


def names_address(path: str) -> Reply:
    """Return a reply that names the address of a picture at the service."""

    async def reply(request: web.Request) -> web.Response:
        url = str(request.url.origin().with_path(path))
        return web.json_response({"data": [{"url": url, "size": "2560x1440"}]})

    return reply


def files_in(folder: Path) -> list[str]:
    """Return the names of all files in a folder."""
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []
