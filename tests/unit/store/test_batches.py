"""Calls that come at once are answered by one batch."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from bot.store.batches import Batches


class Runs:
    """Notes the batches; each ends when ``go_on`` is set."""

    def __init__(self) -> None:
        self.batches = list[set[int]]()
        self.go_on = asyncio.Event()

    async def run(self, ids: Collection[int]) -> dict[int, int]:
        self.batches.append(set(ids))
        await self.go_on.wait()
        if 13 in ids:
            raise ValueError
        return {each: 10 * each for each in ids if each != 3}


async def test_what_comes_during_a_batch_is_the_next() -> None:
    runs = Runs()
    batches = Batches(runs.run)
    first = asyncio.create_task(batches.get(1))
    await asyncio.sleep(0)
    others = [asyncio.create_task(batches.get(each)) for each in (1, 2, 3)]
    await asyncio.sleep(0)
    runs.go_on.set()
    assert await asyncio.gather(first, *others) == [10, 10, 20, None]
    assert runs.batches == [{1}, {1, 2, 3}]


async def test_a_failed_batch_fails_all_of_its_calls_and_no_other() -> None:
    runs = Runs()
    batches = Batches(runs.run)
    first = asyncio.create_task(batches.get(1))
    await asyncio.sleep(0)
    others = [asyncio.create_task(batches.get(each)) for each in (2, 13)]
    await asyncio.sleep(0)
    runs.go_on.set()
    assert await first == 10
    failed = await asyncio.gather(*others, return_exceptions=True)
    assert [type(each) for each in failed] == [ValueError, ValueError]
    assert await batches.get(4) == 40


async def test_a_cancelled_call_leaves_its_batch_to_the_others() -> None:
    runs = Runs()
    batches = Batches(runs.run)
    cancelled, other = asyncio.create_task(batches.get(1)), asyncio.create_task(batches.get(2))
    await asyncio.sleep(0)
    cancelled.cancel()
    runs.go_on.set()
    assert await other == 20
    with pytest.raises(asyncio.CancelledError):
        await cancelled
