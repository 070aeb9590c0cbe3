"""The simulated relay's protocol, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import Any

import aiohttp
import pytest

from bot.demo.relay.server import PATH, DemoRelay, fetch_reference
from bot.domain.models import PIXELS, Ratio, Size
from tests.support.relay.demo_calls import AUTH, PHOTO, REFERENCE, ask, decode, fetch_photo, file_of
from tests.support.relay.recorded_drawing import RecordedDrawing


@pytest.mark.parametrize(
    ("ready", "ratio"), [(True, "1:1"), (True, "21:9"), (False, "9:16")], ids=["1:1", "21:9", "9:16, painted"]
)
async def test_a_prompt_is_answered_with_a_picture_of_its_ratio(
    session: aiohttp.ClientSession, ready: bool, ratio: Ratio
) -> None:
    async with DemoRelay(delay=0.0, ready=ready).serve() as url:
        status, body, headers = await ask(session, url, aspectRatio=ratio)
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    assert json.loads(body)["description"] is None
    image = decode(body)
    assert (image.width, image.height) == PIXELS["1K"][ratio]


async def test_without_a_size_it_draws_2k(session: aiohttp.ClientSession, url: str) -> None:
    async with session.post(url + PATH, json={"prompt": "fog"}, headers=AUTH) as response:
        image = decode(await response.text())
    assert (image.width, image.height) == (2048, 2048)


async def test_a_picture_is_jpeg_unless_the_prompt_says_png(session: aiohttp.ClientSession, url: str) -> None:
    jpeg = file_of((await ask(session, url))[1])
    png = file_of((await ask(session, url, "a boat as png"))[1])
    assert jpeg.startswith(b"\xff\xd8")
    assert png.startswith(b"\x89PNG")


async def test_the_same_prompt_is_drawn_anew_each_time(session: aiohttp.ClientSession) -> None:
    drawing = RecordedDrawing()
    async with DemoRelay(delay=0.0, draw=drawing).serve() as url:
        await asyncio.gather(*(ask(session, url) for _ in range(2)))
    assert sorted(drawing.seeds) == [0, 1]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic x"}])
async def test_without_a_token_nothing_is_drawn(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str]
) -> None:
    status, body, _ = await ask(session, url, headers=headers)
    assert (status, json.loads(body)) == (401, {"error": "Missing sandbox token"})


async def test_a_given_token_is_the_only_one_taken(session: aiohttp.ClientSession) -> None:
    async with DemoRelay(delay=0.0, token="right", ready=True).serve() as url:
        wrong = await ask(session, url, headers={"Authorization": "Bearer wrong"})
        right = await ask(session, url, headers={"Authorization": "Bearer right"})
    assert (wrong[0], right[0]) == (401, 200)


@pytest.mark.parametrize("body", [{}, {"prompt": " "}, {"prompt": 3}, [], "text"])
async def test_a_body_without_a_prompt_is_refused(
    session: aiohttp.ClientSession, url: str, body: object
) -> None:
    async with session.post(url + PATH, json=body, headers=AUTH) as response:
        assert response.status == 400
        assert "error" in await response.json()


async def test_a_body_that_is_no_json_is_refused(session: aiohttp.ClientSession, url: str) -> None:
    async with session.post(url + PATH, data=b"{", headers=AUTH) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    "wrong", [{"size": "8K"}, {"aspectRatio": "5:4"}, {"size": 2}, {"size": []}, {"image": 7}]
)
async def test_an_unknown_parameter_is_named_as_the_model_does(
    session: aiohttp.ClientSession, url: str, wrong: dict[str, Any]
) -> None:
    status, body, _ = await ask(session, url, **wrong)
    assert status == 400
    assert "InvalidParameter" in json.loads(body)["message"]


async def test_a_picture_is_drawn_from_its_reference(session: aiohttp.ClientSession) -> None:
    drawing = RecordedDrawing()
    async with DemoRelay(delay=0.0, fetch=fetch_photo, draw=drawing).serve() as url:
        status, _, _ = await ask(session, url, image=REFERENCE)
    assert status == 200
    assert drawing.references == [(PHOTO,)]


@pytest.mark.parametrize("image", ["https://pictures.example/gone", "https://pictures.example/guarded"])
async def test_a_reference_that_cannot_be_fetched_is_named(
    session: aiohttp.ClientSession, url: str, image: str
) -> None:
    status, body, _ = await ask(session, url, image=image)
    assert status == 400
    assert f"Timeout while downloading url={image}" in json.loads(body)["message"]


async def test_a_reference_that_is_no_picture_is_refused(session: aiohttp.ClientSession) -> None:
    async with DemoRelay(delay=0.0, fetch=fetch_photo).serve() as url:
        status, body, _ = await ask(session, url, image="https://pictures.example/text")
    assert status == 400
    assert "UnsupportedImageFormat" in body


async def test_the_plain_fetcher_reads_http_and_nothing_else(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        await fetch_reference("file:///etc/hosts")
    with pytest.raises(aiohttp.ClientResponseError):
        await fetch_reference(url + "/nothing")


@pytest.mark.processes
async def test_the_relay_runs_standalone_and_stops_on_a_signal() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.demo.relay",
        "--port",
        "0",
        "--delay",
        "0",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert re.search(r"http://127\.0\.0\.1:\d+", line)
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_the_delay_may_depend_on_the_size(session: aiohttp.ClientSession) -> None:
    asked: list[Size] = []

    def delay(size: Size) -> float:
        asked.append(size)
        return 0.0

    async with DemoRelay(delay=delay, ready=True).serve() as url:
        await ask(session, url)
    assert asked == ["1K"]
