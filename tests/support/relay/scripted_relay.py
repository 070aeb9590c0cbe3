"""A relay with scripted responses, and a client of it."""

from __future__ import annotations

import asyncio
import base64
import json
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import BadReply, BotError
from bot.domain.models import ImageRequest, Picture
from bot.providers.credentials import StaticCredentialProvider
from bot.providers.relay.client import RelayClient

TOKEN = "s3cret-token"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
ASK = ImageRequest(prompt="一只狐狸 in the snow", ratio="16:9", size="4K")
PATH = "/api/data/jimeng/generate"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Connect = Callable[..., Awaitable[RelayClient]]


def reply_of(picture: bytes) -> bytes:
    encoded = base64.b64encode(picture).decode()
    image = {"base64": encoded, "mimeType": "image/png", "dataUrl": f"data:image/png;base64,{encoded}"}
    return json.dumps({"image": image, "description": None}).encode()


def says(status: int, body: str | dict[str, Any], **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers=headers)

    return answer


def sends(body: bytes, **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers=headers)

    return answer


async def verify(file: Path) -> Picture:
    start = (await asyncio.to_thread(file.read_bytes))[:4]
    if start not in (PNG[:4], JPEG[:4]):
        raise BadReply("no picture")
    return Picture(path=file, format="png" if start == PNG[:4] else "jpeg", width=1, height=1)


class ScriptedCheck:
    """A check that ignores the bytes as they arrive and calls ``verify`` on the file."""

    def __init__(self, verify: Callable[[Path], Awaitable[Picture]] = verify) -> None:
        self._verify = verify

    def feed(self, chunk: bytes) -> None: ...

    def restart(self) -> None: ...

    async def finish(self, file: Path) -> Picture:
        return await self._verify(file)


def fixed(url: str) -> StaticCredentialProvider:
    return StaticCredentialProvider(url, TOKEN)


@asynccontextmanager
async def raw(answer: bytes, *, reset: bool = False) -> AsyncGenerator[str]:
    """Send raw bytes and close the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(answer)
        await writer.drain()
        if reset:
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def full_error_text(error: BaseException) -> str:
    chain, at = [repr(error), str(vars(error))], error.__cause__ or error.__context__
    while at is not None:
        chain += [repr(at), str(vars(at))]
        at = at.__cause__ or at.__context__
    return "\n".join(["".join(traceback.format_exception(error)), *chain])


async def refusal(client: RelayClient, into: Path, request: ImageRequest = ASK) -> BotError:
    with pytest.raises(BotError) as caught:
        await client.generate(request, into)
    assert TOKEN not in full_error_text(caught.value)
    assert not left_in(into)
    return caught.value


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
