"""Pictures that the guard accepts, and servers that fail."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web

from bot.domain.models import Reference
from tests.support.reference_sites import (
    check,
    guard,
    jpeg,
    png,
    problem_of,
    redirects,
    sends,
    site,
    stalls,
    streams,
)

# Accepted pictures


async def test_a_picture_is_found_and_described() -> None:
    async with site(sends(png())) as port, guard(port) as guarding:
        url = f"http://127.0.0.1:{port}/a%20b.png?c=%2F"
        assert await guarding.check(url) == Reference(url=url, format="png", width=640, height=480)


async def test_the_content_type_header_is_ignored() -> None:
    assert (await check(sends(png(), Content_Type="text/html"))).format == "png"
    assert await problem_of(check(sends(b"<html>", Content_Type="image/png"))) == "not-picture"


async def test_a_server_receives_only_the_necessary_headers() -> None:
    received: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        received.append(dict(request.headers))
        return web.Response(status=302, headers={"Location": "/b", "Set-Cookie": "a=b"})

    assert await problem_of(check(answer)) == "unreachable"
    assert len(received) == 4
    for headers in received:
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
        assert headers["Accept-Encoding"] == "identity"


async def test_a_size_behind_long_metadata_is_found() -> None:
    assert (await check(sends(jpeg(100)))).width == 640


async def test_only_the_beginning_of_a_picture_is_fetched() -> None:
    sent = 0
    broken_off = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Length": "9000000"})
        await response.prepare(request)
        await response.write(png())
        try:
            while sent < 9_000_000 - len(png()):
                await response.write(b"\0" * 10_000)
                sent += 10_000
        finally:
            broken_off.set()
        return response

    async with site(answer) as port, guard(port) as guarding:
        assert (await guarding.check(f"http://127.0.0.1:{port}/")).width == 640
        await asyncio.wait_for(broken_off.wait(), 5)
    assert sent < 9_000_000


async def test_a_picture_of_unannounced_length_is_counted_to_its_end() -> None:
    assert (await check(streams(png(), b"\0" * 100_000, 90))).format == "png"


async def test_redirects_are_followed_and_the_last_url_is_returned() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        step = int(request.match_info["path"])
        return await (sends(png()) if step == 3 else redirects(f"../{step + 1}"))(request)

    async with site(answer) as port, guard(port) as guarding:
        found = await guarding.check(f"http://127.0.0.1:{port}/0")
        assert found.url == f"http://127.0.0.1:{port}/3"


# Failing servers


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500, 503, 304])
async def test_a_server_that_refuses_is_unreachable(status: int) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, body=None if status == 304 else png())

    assert await problem_of(check(answer)) == "unreachable"


async def test_a_redirect_without_location_is_unreachable() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, body=png())

    assert await problem_of(check(answer)) == "unreachable"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_loop_is_unreachable(status: int) -> None:
    assert await problem_of(check(redirects("/again", status))) == "unreachable"


async def test_a_server_that_never_responds_is_unreachable() -> None:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    assert await problem_of(check(answer, seconds=0.1)) == "unreachable"


async def test_a_body_that_stops_in_its_middle_is_unreachable() -> None:
    assert await problem_of(check(stalls(5000), seconds=0.2)) == "unreachable"


async def test_all_redirects_share_one_timeout() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/last":
            await asyncio.Event().wait()
        return web.Response(status=302, headers={"Location": "/last"})

    assert await problem_of(check(answer, seconds=0.2)) == "unreachable"


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + jpeg(1)[:2000],
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_invalid_http_is_unreachable(wire: bytes, scheme: str) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(wire)
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        async with guard(port) as guarding:
            assert await problem_of(guarding.check(f"{scheme}://127.0.0.1:{port}/")) == "unreachable"


async def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    async with guard(port) as guarding:
        assert await problem_of(guarding.check(f"http://127.0.0.1:{port}/")) == "unreachable"


async def test_an_unknown_name_is_unreachable() -> None:
    async with guard() as guarding:
        assert await problem_of(guarding.check("http://nobody.invalid/a.png")) == "unreachable"
