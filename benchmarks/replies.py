"""The replies that ``reply`` measures, and the server that sends them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from dataclasses import dataclass

from aiohttp import web

from bot.providers.wire.reply_shapes import IMAGES_REPLY, RELAY_REPLY, ReplyShape

RELAY = ("relay", "relay-images")
FORM_FILES = (10_000_000,) * 4
"""Bytes of the references of an edit."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of reply is read, and how often it holds its picture in base64."""

    shape: ReplyShape
    copies: int


SHAPES = {
    "relay": Kind(RELAY_REPLY, 2),
    "relay-images": Kind(RELAY_REPLY, 2),
    "ark": Kind(IMAGES_REPLY, 1),
    "openai-images": Kind(IMAGES_REPLY, 1),
    "openrouter": Kind(IMAGES_REPLY, 1),
    "edit": Kind(IMAGES_REPLY, 1),
    "address": Kind(IMAGES_REPLY, 0),
}


def reply_of(data: bytes, shape: str = "relay") -> bytes:
    """Return a picture in the reply of a service, with what the service sends around it."""
    picture = base64.b64encode(data).decode()
    if shape in RELAY:
        image = {"base64": picture, "mimeType": "image/png", "dataUrl": f"data:image/png;base64,{picture}"}
        more = {"provider": "gemini", "model": "g"} if shape == "relay-images" else {}
        return json.dumps({"image": image, "description": None, **more}).encode()
    one: dict[str, object] = {"b64_json": picture}
    usage: dict[str, object] = {"total_tokens": 4160, "input_tokens_details": {"text_tokens": 10}}
    match shape:
        case "ark":
            one, usage = {**one, "size": "4096x4096"}, {"generated_images": 1}
        case "openrouter":
            one = {**one, "media_type": "image/png"}
        case "address":
            one = {"url": "/picture", "size": "4096x4096"}
        case _:
            one = {"revised_prompt": "a fox", **one}
    return json.dumps({"model": "m", "created": 1, "data": [one], "usage": usage}).encode()


def serve_bodies(large: bytes, small: bytes, picture: bytes = b"") -> None:
    """Serve a reply, at /small another one, and at /picture a picture; print the URL."""

    async def send(request: web.Request, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # clients disconnect once they have the picture
            rest = memoryview(body)
            for at in range(0, len(rest), 65_536):
                await response.write(rest[at : at + 65_536])
        return response

    async def answer(request: web.Request) -> web.StreamResponse:
        async for _ in request.content.iter_any():
            pass
        return await send(request, small if request.path == "/small" else large)

    async def download(request: web.Request) -> web.StreamResponse:
        return await send(request, picture)

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/{name}", answer)
        app.router.add_get("/picture", download)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())
