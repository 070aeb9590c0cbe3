"""Replies of servers written elsewhere: OpenAI's shape, and what each adds, leaves out or does otherwise."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.domain.errors import (
    BadReply,
    Blocked,
    BotError,
    OperatorError,
    PromptBlocked,
    RelayBusy,
    RelayUnavailable,
    ResultBlocked,
    SizeRefused,
)
from bot.domain.models import ImageRequest
from tests.support.relay.scripted_relay import PNG, says
from tests.support.relay.services import files_in, named, open_service

ASK = ImageRequest(prompt="a fox", ratio="16:9", size="2K", model="upstream")
TEXT = base64.b64encode(PNG).decode()
DATA_URL = f"data:image/webp;base64,{TEXT}"
NOWHERE = "https://nowhere.invalid/result"
GIVEN = "https://nowhere.invalid/given"


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
    "images instead of data": json.dumps({"images": [{"url": DATA_URL}]}).encode(),
    "a list of texts": json.dumps({"images": [TEXT], "info": "{}"}).encode(),
    "a list of data URLs": json.dumps({"output": [DATA_URL]}).encode(),
    "data as an object": json.dumps({"code": 0, "data": {"b64_json": TEXT}}).encode(),
    "data as a text": json.dumps({"code": 200, "message": "success", "data": TEXT}).encode(),
    "an object of lists": json.dumps({"data": {"binary_data_base64": [TEXT], "image_urls": []}}).encode(),
    "a nested result": json.dumps(
        {"result": {"data": {"output": [{"type": "image", "result": TEXT}]}}}
    ).encode(),
    "an artifact": json.dumps({"artifacts": [{"base64": TEXT, "finishReason": "SUCCESS"}]}).encode(),
    "a prediction": json.dumps(
        {"predictions": [{"mimeType": "image/png", "bytesBase64Encoded": TEXT}]}
    ).encode(),
    "an object for an address": json.dumps({"data": [{"image_url": {"url": DATA_URL}}]}).encode(),
    "the picture at the root": json.dumps({"b64_json": TEXT, "size": "2x2"}).encode(),
    "a list at the root": json.dumps([{"b64_json": TEXT}]).encode(),
    "words beside the picture": json.dumps(
        {"output": "here it is", "data": [{"image": "fox.png"}, {"image": TEXT}]}
    ).encode(),
    "an address at the root, then the picture": json.dumps({"url": NOWHERE, "images": [TEXT]}).encode(),
    "lines of JSON": b'{"status": "running"}\n' + PLAIN + b"\n",
    "a stream of events": b': ping\n\nevent: progress\nid: 1\ndata: {"step": 1}\n\nevent: done\ndata: '
    + PLAIN
    + b"\n\ndata: [DONE]\n\n",
    "an answer of a chat": json.dumps(
        {"choices": [{"message": {"content": "here", "images": [{"image_url": {"url": DATA_URL}}]}}]}
    ).encode(),
    "parts of a candidate": json.dumps(
        {"candidates": [{"content": {"parts": [{"text": "here"}, {"inlineData": {"data": TEXT}}]}}]}
    ).encode(),
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


async def test_a_picture_that_is_sent_as_it_is_is_drawn(tmp_path: Path) -> None:
    async def reply(_: web.Request) -> web.Response:
        return web.Response(body=PNG, content_type="image/png")

    async with open_service(named("openai-images"), reply) as (_, client):
        picture = await client.generate(ASK, tmp_path)
    assert picture.path.read_bytes() == PNG and files_in(tmp_path) == [picture.path.name]
    async with open_service(named("openai-images"), reply, max_bytes=len(PNG) - 1) as (_, client):
        with pytest.raises(BadReply):
            await client.generate(ASK, tmp_path)
    assert files_in(tmp_path) == [picture.path.name]


BY_ADDRESS: dict[str, Any] = {
    "data[].url": {"data": [{"url": "/files/result"}]},
    "a list of addresses": {"output": ["/files/result", "/files/other"]},
    "images[].url, a seed beside it": {"images": [{"url": "/files/result", "content_type": "image/png"}]},
    "data.image_urls": {"code": 10000, "data": {"image_urls": ["/files/result"], "status": "done"}},
    "data.url": {"data": {"url": "/files/result"}, "urls": {"get": "/files/other"}},
    "an address for the status first": {"url": "/files/other", "data": [{"url": "/files/result"}]},
    "the address alone": {"url": "/files/result"},
    "an error that is none": {"error": {"code": 0, "message": "success"}, "data": [{"url": "/files/result"}]},
    "an empty error": {"error": {"code": "", "message": None}, "data": [{"url": "/files/result"}]},
    "the word null for an error": {"error": "null", "data": [{"url": "/files/result"}]},
    "a message with its content": {
        "output": {"choices": [{"message": {"content": [{"image": "/files/result"}]}}]}
    },
    "the request's references before it": {"image": [GIVEN], "data": [{"url": "/files/result"}]},
}


@pytest.mark.parametrize("body", BY_ADDRESS.values(), ids=BY_ADDRESS.keys())
async def test_the_address_of_the_picture_is_found(body: Any, tmp_path: Path) -> None:
    async def reply(request: web.Request) -> web.Response:
        return web.Response(text=json.dumps(body).replace("/files", f"{request.url.origin()}/files"))

    async with open_service(named("ark"), reply) as (scripted, client):
        scripted.references["/files/result"] = PNG
        asked = ASK.with_references([GIVEN])
        assert (await client.generate(asked, tmp_path)).path.read_bytes() == PNG
        assert scripted.downloads == ["/files/result"]


async def test_a_path_is_an_address_at_the_service(tmp_path: Path) -> None:
    async with open_service(named("ark"), says(200, {"data": [{"url": "/files/result"}]})) as (_, client):
        with pytest.raises(RelayUnavailable) as caught:
            await client.generate(ASK, tmp_path)
    assert "HTTP 404" in caught.value.detail
    async with open_service(named("ark"), says(200, {"data": [{"url": "//["}]})) as (_, client):
        with pytest.raises(BadReply):
            await client.generate(ASK, tmp_path)


async def test_an_address_beside_an_error_is_not_the_result(tmp_path: Path) -> None:
    body = {"image": [NOWHERE], "error": {"code": "InputTextSensitiveContentDetected", "message": "no"}}
    async with open_service(named("ark"), says(200, body)) as (_, client):
        with pytest.raises(PromptBlocked):
            await client.generate(ASK, tmp_path)


ERRORS: list[tuple[int, Any, type[BotError]]] = [
    (400, {"detail": "The prompt was flagged by the safety system"}, PromptBlocked),
    (422, {"detail": [{"loc": ["body", "size"], "msg": "unexpected value", "type": "x"}]}, SizeRefused),
    (400, {"errors": ["input text may contain sensitive information"]}, PromptBlocked),
    (400, {"errors": [{"title": "Rejected", "detail": "output image violates the policy"}]}, ResultBlocked),
    (429, {"fault": {"faultstring": "slow down", "detail": {"errorcode": "policies.limit"}}}, RelayBusy),
    (500, {"fault": {"faultstring": "Rate limit quota violation. Try again later"}}, RelayBusy),
    (401, {"fault": {"faultstring": "Invalid ApiKey"}}, OperatorError),
    (400, {"error": "invalid_request", "error_description": "The API key is invalid"}, OperatorError),
    (400, "prompt violates our content policy", PromptBlocked),
    (200, "Welcome", BadReply),
    (500, "upstream timed out", RelayUnavailable),
    (503, "<!doctype html><title>Busy</title>", RelayUnavailable),
    (200, "<!doctype html><title>Sign in</title>", BadReply),
    (200, 'event: error\ndata: {"error": {"code": "moderation_blocked", "message": "no"}}\n\n', Blocked),
    (202, {"id": "task-1", "polling_url": "https://nowhere.invalid/tasks/1"}, OperatorError),
    (200, {"code": 200, "data": {"task_id": "1", "status": "PENDING"}}, OperatorError),
    (200, {"status": "processing", "output": None, "error": {"message": "flagged"}}, Blocked),
    (400, {"title": "Bad Request", "detail": "size 1024x1024 is not supported by this model"}, SizeRefused),
    (200, '{"status": "running"}\n{"error": {"code": "rate_limit_exceeded", "message": "no"}}', RelayBusy),
]


@pytest.mark.parametrize(("status", "body", "error"), ERRORS, ids=lambda value: str(value)[:50])
async def test_an_error_of_another_shape_is_understood(
    status: int, body: Any, error: type[BotError], tmp_path: Path
) -> None:
    async with open_service(named("openai-images"), says(status, body)) as (_, client):
        with pytest.raises(BotError) as caught:
            await client.generate(ASK, tmp_path)
    assert type(caught.value) is error


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("charset", ["gbk", "big5", "nonsense", "punycode"])
async def test_an_error_in_another_character_set_is_understood(
    status: int, charset: str, tmp_path: Path
) -> None:
    words = "提示词包含敏感信息" if charset == "gbk" else "提示詞違規"
    encoded = words.encode(charset if charset in ("gbk", "big5") else "utf-8")

    async def reply(_: web.Request) -> web.Response:
        content_type = f"application/json; charset={charset}"
        return web.Response(
            status=status, body=b'{"error": "%s"}' % encoded, headers={"Content-Type": content_type}
        )

    async with open_service(named("ark"), reply) as (_, client):
        with pytest.raises(Blocked):
            await client.generate(ASK, tmp_path)


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
