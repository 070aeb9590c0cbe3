"""The relay client: its requests, and successful replies."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot.domain.errors import BadReply, PromptBlocked, RelayUnavailable
from bot.domain.models import ImageRequest
from tests.support.relay.clients import relay_client
from tests.support.relay.scripted_relay import (
    ASK,
    JPEG,
    PNG,
    TOKEN,
    Connect,
    ScriptedCheck,
    fixed,
    left_in,
    raw,
    refusal,
    reply_of,
    sends,
)


async def test_a_pictures_suffix_matches_its_real_format(connect: Connect, tmp_path: Path) -> None:
    client = await connect(sends(reply_of(JPEG)))
    picture = await client.generate(ASK, tmp_path / "new" / "folder")
    assert picture.format == "jpeg"
    assert picture.path.suffix == ".jpg"
    assert picture.path.read_bytes() == JPEG
    assert left_in(tmp_path / "new" / "folder") == [picture.path]


async def test_pictures_of_one_folder_do_not_share_names(connect: Connect, tmp_path: Path) -> None:
    client = await connect(sends(reply_of(PNG)))
    pictures = await asyncio.gather(*(client.generate(ASK, tmp_path) for _ in range(8)))
    assert sorted(picture.path for picture in pictures) == sorted(left_in(tmp_path))
    assert {picture.path.suffix for picture in pictures} == {".png"}


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (ASK, {"prompt": ASK.prompt, "size": "4K", "aspectRatio": "16:9", "model": "seedream-4.5"}),
        (
            ImageRequest(prompt="p", model="m", reference="https://a.example/b.png?c=d"),
            {
                "prompt": "p",
                "size": "2K",
                "aspectRatio": "1:1",
                "model": "m",
                "image": "https://a.example/b.png?c=d",
            },
        ),
    ],
)
async def test_only_documented_fields_are_sent(
    connect: Connect, tmp_path: Path, request_: ImageRequest, body: dict[str, str]
) -> None:
    seen: list[tuple[Any, str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((await request.json(), request.headers["Authorization"], request.content_type))
        return web.Response(body=reply_of(PNG))

    await (await connect(answer)).generate(request_, tmp_path)
    assert seen == [(body, f"Bearer {TOKEN}", "application/json")]


@pytest.mark.parametrize("kind", ["image/png", "text/html", "application/octet-stream; charset=x"])
async def test_the_content_type_of_a_picture_does_not_matter(
    connect: Connect, tmp_path: Path, kind: str
) -> None:
    client = await connect(sends(reply_of(PNG), **{"Content-Type": kind}))
    assert (await client.generate(ASK, tmp_path)).path.read_bytes() == PNG


async def test_every_success_status_with_a_picture_is_accepted(connect: Connect, tmp_path: Path) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=201, body=reply_of(PNG))

    assert (await (await connect(answer)).generate(ASK, tmp_path)).format == "png"


async def test_a_gzipped_reply_is_read(connect: Connect, tmp_path: Path) -> None:
    client = await connect(sends(gzip.compress(reply_of(PNG)), **{"Content-Encoding": "gzip"}))
    assert (await client.generate(ASK, tmp_path)).path.read_bytes() == PNG


@pytest.mark.parametrize(
    "damage", [b"not gzip at all" * 50, gzip.compress(reply_of(PNG))[:300] + b"\0" * 500]
)
async def test_broken_gzip_is_a_bad_reply(connect: Connect, tmp_path: Path, damage: bytes) -> None:
    client = await connect(sends(damage, **{"Content-Encoding": "gzip"}))
    assert isinstance(await refusal(client, tmp_path), BadReply)


async def test_a_reply_in_small_pieces_is_read(connect: Connect, tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        body = reply_of(PNG)
        for at in range(0, len(body), 997):
            await response.write(body[at : at + 997])
            await asyncio.sleep(0)
        await response.write_eof()
        return response

    assert (await (await connect(answer)).generate(ASK, tmp_path)).path.read_bytes() == PNG


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4])
async def test_a_truncated_reply_is_a_bad_reply(tmp_path: Path, share: float) -> None:
    body = reply_of(PNG)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with raw(head + body[: int(len(body) * share)]) as url, ClientSession() as session:
        client = relay_client(session, fixed(url), start_check=ScriptedCheck)
        assert isinstance(await refusal(client, tmp_path), BadReply)


async def test_a_truncated_refusal_is_classified_by_what_arrived(tmp_path: Path) -> None:
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9000\r\n\r\n"
    body = b'{"error": {"code": "InputTextSensitiveContentDetected", "mess'
    async with raw(head + body) as url, ClientSession() as session:
        client = relay_client(session, fixed(url), start_check=ScriptedCheck)
        assert isinstance(await refusal(client, tmp_path), PromptBlocked)


@pytest.mark.parametrize(
    ("answer", "reset"),
    [
        (b"", False),
        (b"", True),
        (b"HTTP/1.1 200 OK\r\nContent-Le", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", False),
        (b"SSH-2.0-OpenSSH_9.2\r\n", False),
    ],
)
async def test_invalid_http_is_an_unavailable_relay(tmp_path: Path, answer: bytes, reset: bool) -> None:
    async with raw(answer, reset=reset) as url, ClientSession() as session:
        client = relay_client(session, fixed(url), start_check=ScriptedCheck)
        assert isinstance(await refusal(client, tmp_path), RelayUnavailable)


async def test_a_connection_reset_during_a_reply_can_be_retried(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"
    async with raw(head + reply_of(PNG)[:500], reset=True) as url, ClientSession() as session:
        client = relay_client(session, fixed(url), start_check=ScriptedCheck)
        assert (await refusal(client, tmp_path)).retry


async def test_a_chunked_reply_that_ends_early_is_a_bad_reply(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n"
    async with raw(head + reply_of(PNG)[:256] + b"\r\n") as url, ClientSession() as session:
        client = relay_client(session, fixed(url), start_check=ScriptedCheck)
        assert isinstance(await refusal(client, tmp_path), BadReply)
