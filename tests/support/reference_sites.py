"""Web servers that references link to, and guards that check them."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer

from bot.domain.errors import ReferenceProblem, ReferenceUnusable
from bot.domain.models import Reference
from bot.pictures.sniff import HeaderReader
from bot.sources.guard import Guard

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def site(answer: Handler) -> AsyncGenerator[int]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield server.make_url("/").port or 0


async def check(answer: Handler, *, seconds: float = 60.0) -> Reference:
    async with site(answer) as port, guard(port, timeout=seconds) as guarding:
        return await guarding.check(f"http://127.0.0.1:{port}/a.png")


def guard(
    *ports: int, timeout: float = 3600.0, resolver: AbstractResolver | None = None, max_checks: int = 32
) -> Guard:
    return Guard(
        sniff=HeaderReader,
        exceptions=[("127.0.0.1", port) for port in ports],
        resolver=resolver,
        timeout=timeout,
        max_checks=max_checks,
    )


def sends(body: bytes, **headers: str) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(
            body=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    return answer


def streams(first: bytes, chunk: bytes, times: int) -> Handler:
    """Send a body whose length isn't announced."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(first)
        for _ in range(times):
            await response.write(chunk)
        return response

    return answer


def stalls(announced: int) -> Handler:
    """Send the beginning of a picture that is announced as so many bytes, and then nothing."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(announced)})
        await response.prepare(request)
        await response.write(jpeg(1)[:2000])
        await asyncio.Event().wait()
        return response

    return answer


def redirects(to: str, status: int = 302) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": to})

    return answer


@asynccontextmanager
async def raw(response: bytes) -> AsyncGenerator[str]:
    """Send raw bytes to every connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def problem_of(trying: Awaitable[Reference]) -> ReferenceProblem:
    with pytest.raises(ReferenceUnusable) as refused:
        await trying
    return refused.value.problem


def png(width: int = 640, height: int = 480) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0" + b"\0" * 20
    )


def jpeg(filling: int) -> bytes:
    """Build a JPEG whose size comes after so many segments of 60,000 bytes."""
    segment = b"\xff\xe1" + struct.pack(">H", 60_002) + b"\0" * 60_000
    return b"\xff\xd8" + segment * filling + b"\xff\xc0\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\0" * 20
