"""Replies of servers written elsewhere: OpenAI's shape, and what each adds, leaves out or does otherwise."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import OperatorError, RelayBusy
from bot.domain.models import ImageRequest
from tests.support.relay.scripted_relay import PNG, says
from tests.support.relay.services import named, open_service

ASK = ImageRequest(prompt="a fox", ratio="16:9", size="2K", model="upstream")
TEXT = base64.b64encode(PNG).decode()
DATA_URL = f"data:image/webp;base64,{TEXT}"
NOWHERE = "https://nowhere.invalid/result"


def images(**picture: Any) -> bytes:
    return json.dumps({"data": [picture]}).encode()


PLAIN = images(b64_json=TEXT)
BODIES: dict[str, bytes] = {
    "a null beside the picture": images(url=None, b64_json=TEXT, media_type="image/webp"),
    "an address before the picture": images(url=NOWHERE, b64_json=TEXT),
    "an address after the picture": images(b64_json=TEXT, url=NOWHERE),
    "an empty text, then a data URL": images(b64_json="", url=DATA_URL),
    "a data URL in place of base64": images(b64_json=DATA_URL),
    "a picture in the second element": json.dumps(
        {"data": [{"b64_json": None, "url": None}, {"b64_json": TEXT}]}
    ).encode(),
    "no error, usage first": json.dumps(
        {"error": None, "usage": {"data": [{"b64_json": "no"}]}, "data": [{"b64_json": TEXT}]}
    ).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + PLAIN,
    "blanks that keep the connection open": b" \r\n" * 5000 + PLAIN,
    "indented, with NaN": json.dumps({"t": float("nan"), "data": [{"b64_json": TEXT}]}, indent=4).encode(),
    "escaped slashes": PLAIN.replace(b"/", b"\\/"),
    "lines of 76 characters": images(b64_json=base64.encodebytes(PNG).decode()),
    "the alphabet of URLs, without padding": images(
        b64_json=base64.urlsafe_b64encode(PNG).decode().rstrip("=")
    ),
}


@pytest.mark.parametrize("provider", ["ark", "openai-images", "openrouter"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_the_picture_is_found(provider: str, body: bytes, tmp_path: Path) -> None:
    async def reply(_: web.Request) -> web.Response:
        return web.Response(status=201, body=body, content_type="text/html")

    async with open_service(named(provider), reply) as (_, client):
        picture = await client.generate(ASK, tmp_path)
    assert picture.path.read_bytes() == PNG


async def test_a_reply_that_is_compressed_unasked_is_read(tmp_path: Path) -> None:
    async def reply(_: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(PLAIN), headers={"Content-Encoding": "gzip"})

    async with open_service(named("ark"), reply) as (_, client):
        assert (await client.generate(ASK, tmp_path)).path.read_bytes() == PNG


async def test_a_compression_that_cannot_be_read_is_the_operators_error(tmp_path: Path) -> None:
    async def reply(_: web.Request) -> web.Response:
        return web.Response(body=PLAIN, headers={"Content-Encoding": "br"})

    async with open_service(named("ark"), reply) as (_, client):
        with pytest.raises(OperatorError):
            await client.generate(ASK, tmp_path)


async def test_a_result_behind_a_redirect_to_a_signed_address_is_downloaded(tmp_path: Path) -> None:
    async def names_redirect(request: web.Request) -> web.Response:
        return web.json_response({"data": [{"url": f"{request.url.origin()}/files/moved", "b64_json": None}]})

    async with open_service(named("openai-images"), names_redirect) as (scripted, client):
        scripted.redirects["/files/moved"] = f"{scripted.url}/files/signed?signature=a%2Fb"
        scripted.references["/files/signed"] = PNG
        assert (await client.generate(ASK, tmp_path)).path.read_bytes() == PNG
        assert len(scripted.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7), ({"retry-after-ms": "1500", "Retry-After": "2"}, 1.5), ({}, None)],
)
async def test_how_long_to_wait_is_read_in_every_form(
    headers: dict[str, str], seconds: float | None, tmp_path: Path
) -> None:
    async with open_service(named("ark"), says(429, "", **headers)) as (_, client):
        with pytest.raises(RelayBusy) as caught:
            await client.generate(ASK, tmp_path)
    assert caught.value.retry_after == seconds
