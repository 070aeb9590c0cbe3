"""Files that receiving a reply leaves behind."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.domain.errors import BadReply
from bot.providers.wire.reply import receive_picture
from bot.services.precedence import Precedence
from tests.support.relay.reply_bodies import GOOD, PICTURE, body


def empty(folder: Path) -> bool:
    return not list(folder.iterdir())


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_receiving_stops_once_the_picture_is_complete(tmp_path: Path):
    async def endless() -> AsyncIterator[bytes]:
        yield body(base64=GOOD)[:-2]
        pytest.fail("read on after the picture was whole")

    assert await receive_picture(endless(), tmp_path / "spool", limit=1 << 20) is None
    assert (tmp_path / "spool").read_bytes() == PICTURE


async def test_receiving_goes_on_when_nothing_is_more_urgent(tmp_path: Path):
    precedence, taken = Precedence(longest_delay=3600), list[str]()

    async def two_pieces() -> AsyncIterator[bytes]:
        whole = body(base64=GOOD)
        yield whole[:5000]
        taken.append("the rest")
        yield whole[5000:]

    with precedence.pending(7):
        receiving = asyncio.create_task(
            receive_picture(two_pieces(), tmp_path / "spool", limit=1 << 20, pause=precedence.give_way)
        )
        for _ in range(20):
            await asyncio.sleep(0)
        taken.append("a card")
    assert await receiving is None
    assert taken == ["a card", "the rest"]


async def test_a_reply_without_a_picture_leaves_no_file(tmp_path: Path):
    text = await receive_picture(pieces(b'{"err', b'or": "x"}'), tmp_path / "spool", limit=10)
    assert text == '{"error": "x"}'
    assert empty(tmp_path)


async def test_a_bad_reply_leaves_no_file(tmp_path: Path):
    for reply, limit in ((body(base64=GOOD)[:5000], 1 << 20), (body(base64=GOOD), 1000)):
        with pytest.raises(BadReply):
            await receive_picture(pieces(reply), tmp_path / "spool", limit=limit)
        assert empty(tmp_path)


async def test_a_broken_connection_leaves_no_file(tmp_path: Path):
    async def broken() -> AsyncIterator[bytes]:
        yield body(base64=GOOD)[:5000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await receive_picture(broken(), tmp_path / "spool", limit=1 << 20)
    assert empty(tmp_path)


async def test_a_cancelled_reply_leaves_no_file(tmp_path: Path):
    begun = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield body(base64=GOOD)[:5000]
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(receive_picture(stalled(), tmp_path / "spool", limit=1 << 20))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert empty(tmp_path)


async def test_other_tasks_run_while_a_large_chunk_is_decoded(tmp_path: Path):
    feed_in_steps = 0

    async def count() -> None:
        nonlocal feed_in_steps
        while True:
            feed_in_steps += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    big = base64.b64encode(bytes(6 << 20)).decode()
    await receive_picture(pieces(body(base64=big)), tmp_path / "spool", limit=8 << 20)
    counting.cancel()
    assert feed_in_steps > 20


async def test_a_picture_is_received_over_a_real_connection(tmp_path: Path):
    picture = random.Random(1).randbytes(3_000_000)
    reply = body(dataUrl="data:image/png;base64," + base64.b64encode(picture).decode(), mimeType="image/png")

    async def generate(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for at in range(0, len(reply), 50_001):
            await response.write(reply[at : at + 50_001])
        return response

    app = web.Application()
    app.router.add_post("/", generate)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session, session.post(f"http://127.0.0.1:{port}/") as response:
            assert (
                await receive_picture(
                    response.content.iter_chunked(65_536), tmp_path / "spool", limit=1 << 22
                )
                is None
            )
    finally:
        await runner.cleanup()
    assert (tmp_path / "spool").read_bytes() == picture
