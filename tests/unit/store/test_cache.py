"""The read cache: one load per id at a time, and no stale value after an invalidation."""

from __future__ import annotations

import asyncio

import pytest

from bot.store.cache import ReadCache


class Source:
    """Counts loads, and keeps each waiting until the test resolves it."""

    def __init__(self) -> None:
        self.loads: list[asyncio.Future[str]] = []

    async def load(self) -> str:
        future = asyncio.get_running_loop().create_future()
        self.loads.append(future)
        return await future


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def cache() -> ReadCache[str]:
    return ReadCache[str](2)


async def start(cache: ReadCache[str], source: Source, id_: int = 1) -> asyncio.Task[str]:
    read = asyncio.create_task(cache.get(id_, source.load))
    for _ in range(3):
        await asyncio.sleep(0)
    return read


async def test_concurrent_reads_share_one_load_and_later_ones_need_none(
    cache: ReadCache[str], source: Source
) -> None:
    reads = [await start(cache, source) for _ in range(5)]
    (load,) = source.loads
    load.set_result("value")
    assert await asyncio.gather(*reads) == ["value"] * 5
    assert await cache.get(1, source.load) == "value" and len(source.loads) == 1


@pytest.mark.parametrize("id_", ["1", ""])
async def test_a_load_overtaken_by_an_invalidation_is_not_cached(
    cache: ReadCache[str], source: Source, id_: str
) -> None:
    before = await start(cache, source)
    cache.invalidate(id_)
    after = await start(cache, source)
    old, new = source.loads
    new.set_result("new")
    assert await after == "new"
    old.set_result("old")
    assert await before == "old"
    assert await cache.get(1, source.load) == "new"


async def test_invalidating_one_id_leaves_the_loads_of_others(cache: ReadCache[str], source: Source) -> None:
    read = await start(cache, source)
    cache.invalidate("2")
    source.loads[0].set_result("value")
    await read
    assert await cache.get(1, source.load) == "value"


async def test_a_failed_load_fails_every_waiting_read_and_is_not_cached(
    cache: ReadCache[str], source: Source
) -> None:
    reads = [await start(cache, source) for _ in range(3)]
    source.loads[0].set_exception(OSError())
    assert [type(error) for error in await asyncio.gather(*reads, return_exceptions=True)] == [OSError] * 3
    again = await start(cache, source)
    source.loads[1].set_result("value")
    assert await again == "value"


async def test_a_cancelled_read_leaves_the_load_to_the_others(cache: ReadCache[str], source: Source) -> None:
    first, second = await start(cache, source), await start(cache, source)
    first.cancel()
    await asyncio.sleep(0)
    source.loads[0].set_result("value")
    assert await second == "value"


async def test_the_least_recently_used_entry_is_evicted(cache: ReadCache[str], source: Source) -> None:
    for id_ in (1, 2, 1, 3):
        read = await start(cache, source, id_)
        if not read.done():
            source.loads[-1].set_result(f"value of {id_}")
        await read
    assert len(source.loads) == 3
    assert await cache.get(1, source.load) == "value of 1"
    read = await start(cache, source, 2)
    assert not read.done()
    source.loads[-1].set_result("")
    await read
