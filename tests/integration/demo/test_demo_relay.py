"""The simulated relay over real HTTP: its protocol and every fault it can show."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pybase64
import pytest
import pyvips

from bot.demo.painter.paint import encode, paint
from bot.demo.relay.server import FAULTS, PATH, DemoRelay, Fault, fetch_reference, find_fault
from bot.domain.errors import ReferenceUnusable
from bot.domain.models import PIXELS, Ratio, Size

AUTH = {"Authorization": "Bearer any"}
WAITING = ("hang", "slow")
ANSWERS = [fault for fault in FAULTS if fault.behaviour == "answer"]
REFERENCE = "https://pictures.example/one.jpg"


async def fetch(url: str) -> bytes:
    if url.endswith("/text"):
        return b"no picture"
    if url.endswith("/guarded"):
        raise ReferenceUnusable("unreachable")
    if url == REFERENCE:
        return encode(paint("a castle", width=256, height=256))
    raise ValueError("unknown")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A relay with prepared pictures, as painting takes longest."""
    async with DemoRelay(delay=0.0, fetch=fetch, ready=True).serve() as address:
        yield address


@pytest.fixture
async def painting_url() -> AsyncIterator[str]:
    async with DemoRelay(delay=0.0, fetch=fetch).serve() as address:
        yield address


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as opened:
        yield opened


async def ask(
    session: aiohttp.ClientSession,
    url: str,
    prompt: str = "a boat",
    headers: dict[str, str] = AUTH,
    **more: object,
) -> tuple[int, str, dict[str, str]]:
    body = {"prompt": prompt, "size": "1K", **more}
    async with session.post(url + PATH, json=body, headers=headers) as response:
        return response.status, await response.text(), dict(response.headers)


def decode(body: str) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(file_of(body), "")


def file_of(body: str) -> bytes:
    image = json.loads(body)["image"]
    assert image["dataUrl"] == f"data:{image['mimeType']};base64,{image['base64']}"
    return pybase64.b64decode(image["base64"], validate=True)


@pytest.mark.parametrize("ratio", ["1:1", "21:9", "9:16"])
async def test_a_prompt_is_answered_with_a_picture_of_its_ratio(
    session: aiohttp.ClientSession, painting_url: str, ratio: Ratio
) -> None:
    status, body, headers = await ask(session, painting_url, aspectRatio=ratio)
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


async def test_the_same_prompt_is_drawn_anew_each_time(
    session: aiohttp.ClientSession, painting_url: str
) -> None:
    replies = await asyncio.gather(*(ask(session, painting_url) for _ in range(2)))
    assert replies[0][1] != replies[1][1]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic x"}])
async def test_without_a_token_nothing_is_drawn(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str]
) -> None:
    status, body, _ = await ask(session, url, headers=headers)
    assert (status, json.loads(body)) == (401, {"error": "Missing sandbox token"})


async def test_a_given_token_is_the_only_one_taken(session: aiohttp.ClientSession) -> None:
    async with DemoRelay(delay=0.0, token="right").serve() as url:
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


async def test_a_reference_changes_the_picture(session: aiohttp.ClientSession, painting_url: str) -> None:
    status, body, _ = await ask(session, painting_url, image=REFERENCE)
    assert status == 200
    assert file_of(body) != encode(paint("a boat", width=1024, height=1024))


@pytest.mark.parametrize("image", ["https://pictures.example/gone", "https://pictures.example/guarded"])
async def test_a_reference_that_cannot_be_fetched_is_named(
    session: aiohttp.ClientSession, url: str, image: str
) -> None:
    status, body, _ = await ask(session, url, image=image)
    assert status == 400
    assert f"Timeout while downloading url={image}" in json.loads(body)["message"]


async def test_a_reference_that_is_no_picture_is_refused(
    session: aiohttp.ClientSession, painting_url: str
) -> None:
    status, body, _ = await ask(session, painting_url, image="https://pictures.example/text")
    assert status == 400
    assert "UnsupportedImageFormat" in body


async def test_the_plain_fetcher_reads_http_and_nothing_else(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        await fetch_reference("file:///etc/hosts")
    with pytest.raises(aiohttp.ClientResponseError):
        await fetch_reference(url + "/nothing")


@pytest.mark.parametrize("fault", ANSWERS, ids=lambda fault: fault.keyword)
async def test_a_fault_keyword_is_answered_with_its_fault(
    session: aiohttp.ClientSession, url: str, fault: Fault
) -> None:
    prompt = f"a castle, {fault.keyword}"
    first = await ask(session, url, prompt)
    second = await ask(session, url, prompt)
    assert (first[0], first[1]) == (fault.status, fault.body)
    assert fault.headers.items() <= first[2].items()
    assert ("html" in first[2]["Content-Type"]) == fault.html
    if fault.once:
        assert second[0] == 200
        assert decode(second[1]).width == 1024
    else:
        assert second[:2] == first[:2]


async def test_a_cut_off_reply_ends_in_the_middle(session: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(aiohttp.ClientPayloadError):
        await ask(session, url, "a boat, cut-off")


async def test_not_a_picture_holds_base64_of_text(session: aiohttp.ClientSession, url: str) -> None:
    status, body, _ = await ask(session, url, "not-a-picture")
    assert status == 200
    assert file_of(body).startswith(b"This is no picture.")


async def test_an_unreachable_reference_needs_no_reference(session: aiohttp.ClientSession, url: str) -> None:
    status, body, _ = await ask(session, url, "unreachable-reference")
    assert status == 400
    assert "Timeout while downloading url=" in body


async def test_huge_is_a_png_over_discords_limit(session: aiohttp.ClientSession, url: str) -> None:
    status, body, _ = await ask(session, url, "a huge mountain", size="2K")
    file = file_of(body)
    assert status == 200
    assert file.startswith(b"\x89PNG")
    assert len(file) > 10 * 1024 * 1024


@pytest.mark.parametrize("word", WAITING)
async def test_a_waiting_fault_ends_when_the_server_stops(session: aiohttp.ClientSession, word: str) -> None:
    async with DemoRelay(delay=0.0).serve() as url:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask(session, url, f"a {word} boat"), 0.2)
        left = asyncio.create_task(ask(session, url, f"a {word} boat"))
        await asyncio.wait([left], timeout=0.1)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    await asyncio.gather(left, return_exceptions=True)


def test_every_behaviour_of_the_table_is_tested_above() -> None:
    special = {fault.keyword for fault in FAULTS if fault.behaviour != "answer"}
    assert special == {"cut-off", "not-a-picture", "unreachable-reference", "huge", *WAITING}


def test_every_fault_has_a_keyword_of_its_own_and_a_one_line_description() -> None:
    assert len({fault.keyword for fault in FAULTS}) == len(FAULTS)
    assert all(fault.description and "\n" not in fault.description for fault in FAULTS)


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        ("a busy street", "busy"),
        ("BUSY-ONCE please", "busy-once"),
        ("blocked-result-once and busy", "blocked-result-once"),
        ("business as usual", None),
        ("unbroken", None),
        ("broken-hearted", None),
        ("safety first", None),
        ("html-like", None),
        ("画一只猫，blocked-chinese。", "blocked-chinese"),
    ],
)
def test_fault_keywords_match_whole_words_and_the_longest_wins(prompt: str, word: str | None) -> None:
    fault = find_fault(prompt)
    assert (fault.keyword if fault else None) == word


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


async def test_only_the_newest_prompts_are_counted(session: aiohttp.ClientSession) -> None:
    relay = DemoRelay(delay=0.0, max_prompts=2)
    async with relay.serve() as url:
        for prompt in ("busy-once a", "busy-once b", "busy-once c", "busy-once a"):
            assert (await ask(session, url, prompt))[0] == 429
        assert (await ask(session, url, "busy-once a"))[0] == 200


async def test_the_delay_may_depend_on_the_size(session: aiohttp.ClientSession) -> None:
    asked: list[Size] = []

    def delay(size: Size) -> float:
        asked.append(size)
        return 0.0

    async with DemoRelay(delay=delay).serve() as url:
        await ask(session, url)
    assert asked == ["1K"]
