"""Random faults: at the requested rates, and reproducible."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentTypeError
from collections import Counter

import aiohttp
import pybase64
import pytest
import pyvips

from bot.demo.relay.chaos import DEFAULT_RATES, Chaos, parse_rates
from bot.demo.relay.prepared_pictures import read_comment
from bot.demo.relay.server import PATH, DemoRelay

AUTH = {"Authorization": "Bearer any"}


def test_each_fault_occurs_at_its_rate() -> None:
    chaos, calls = Chaos(DEFAULT_RATES, seed=1), 20_000
    met = Counter(fault.keyword if fault else "" for fault in (chaos.pick(str(n), 0) for n in range(calls)))
    for word, rate in DEFAULT_RATES.items():
        assert met[word] / calls == pytest.approx(rate, abs=0.02)
    assert met[""] / calls == pytest.approx(1 - sum(DEFAULT_RATES.values()), abs=0.02)


def test_the_same_seed_prompt_and_attempt_get_the_same_fault_in_any_order() -> None:
    calls = [(f"prompt {n}", n % 3) for n in range(60)]
    first, again, other = Chaos(seed=7), Chaos(seed=7), Chaos(seed=8)
    met = [first.pick(*call) for call in calls]
    assert [again.pick(*call) for call in reversed(calls)] == met[::-1]
    assert [other.pick(*call) for call in calls] != met
    tries = [first.pick("the same prompt", call) for call in range(40)]
    assert len({fault.keyword for fault in tries if fault}) > 2


def test_rates_are_read_from_the_command_line() -> None:
    assert parse_rates("broken=0.2,hang=.1") == {"broken": 0.2, "hang": 0.1}


@pytest.mark.parametrize(
    "text", ["", "broken", "nonsense=0.1", "broken=-0.1", "broken=0.6,hang=0.6", "broken=nan"]
)
def test_rates_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        parse_rates(text)


async def test_a_keyword_in_the_prompt_comes_before_random_faults() -> None:
    relay = DemoRelay(delay=0.0, chaos=Chaos({"broken": 1.0}), ready=True)
    async with relay.serve() as url, aiohttp.ClientSession(headers=AUTH) as session:
        statuses: list[int] = []
        for prompt in ("a boat", "overdue"):
            async with session.post(url + PATH, json={"prompt": prompt, "size": "1K"}) as response:
                statuses.append(response.status)
    assert statuses == [502, 403]


async def test_a_prepared_picture_is_complete_and_carries_its_prompt() -> None:
    relay = DemoRelay(delay=0.0, ready=True)
    files: list[bytes] = []
    async with relay.serve() as url, aiohttp.ClientSession(headers=AUTH) as session:
        for prompt in ("狐狸 one", "two"):
            body = {"prompt": prompt, "size": "1K", "aspectRatio": "16:9"}
            async with session.post(url + PATH, json=body) as response:
                reply = await response.json()
            files.append(await asyncio.to_thread(pybase64.b64decode, reply["image"]["base64"]))
    assert [read_comment(file) for file in files] == ["狐狸 one", "two"]
    for file in files:
        image = pyvips.Image.new_from_buffer(file, "", fail_on="warning")
        image.avg()
        assert (image.width, image.height) == (1280, 720)


@pytest.mark.processes
async def test_the_standalone_relay_has_a_chaos_option() -> None:
    options = ("--port", "0", "--delay", "0", "--ready", "--chaos", "overdue=1", "--seed", "5")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.demo.relay", *options, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().split()[-1]
    asking = aiohttp.request("POST", url + PATH, json={"prompt": "a boat"}, headers=AUTH)
    async with asking as response:
        assert response.status == 403
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 60) == 0
