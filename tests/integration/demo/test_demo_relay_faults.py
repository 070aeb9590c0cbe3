"""Every fault that the simulated relay can show, over real HTTP."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from bot.demo.relay.server import FAULTS, DemoRelay, Fault, find_fault
from tests.support.relay.demo_calls import ask, decode, file_of

WAITING = ("hang", "slow")
ANSWERS = [fault for fault in FAULTS if fault.behaviour == "answer"]


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
    assert time.monotonic() - started < 20
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


async def test_only_the_newest_prompts_are_counted(session: aiohttp.ClientSession) -> None:
    relay = DemoRelay(delay=0.0, max_prompts=2, ready=True)
    async with relay.serve() as url:
        for prompt in ("busy-once a", "busy-once b", "busy-once c", "busy-once a"):
            assert (await ask(session, url, prompt))[0] == 429
        assert (await ask(session, url, "busy-once a"))[0] == 200
