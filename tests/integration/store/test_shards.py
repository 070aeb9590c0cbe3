"""Exclusive shard locks, also after connection failures, and the limit on identifying."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine

from bot.domain.errors import OperatorError
from bot.store.db.engine import open_engine
from bot.store.shards.identify_limiter import LocalIdentifyLimiter, SharedIdentifyLimiter
from bot.store.shards.locks import ShardLocks, ShardTaken
from tests.support.postgres_connection import close_connections, connect_to, wait_for_lock

APPLICATION_NAME = "jimeng-bot shards"


@asynccontextmanager
async def processes(url: str) -> AsyncGenerator[tuple[ShardLocks, ShardLocks]]:
    """Open the shard locks of two processes."""
    async with open_engine(url) as one, open_engine(url) as other:
        locks = ShardLocks(one), ShardLocks(other)
        try:
            yield locks
        finally:
            for each in locks:
                await each.release()


def raises_shard_taken(pattern: str) -> Any:
    return pytest.raises(ShardTaken, check=lambda error: re.search(pattern, error.detail) is not None)


# Locks


async def test_a_shard_of_another_process_is_refused_by_name(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        await one.acquire([0, 1, 2], 4)
        with raises_shard_taken(r"shard 1-2 is served by another process.*SHARD_IDS"):
            await other.acquire([1, 2, 3], 4)


async def test_a_refusal_leaves_nothing_locked(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        await one.acquire([1], 4)
        with pytest.raises(ShardTaken):
            await other.acquire([1, 2], 4)
        await one.release()
        await one.acquire([1, 2], 4)


async def test_other_and_released_shards_can_be_locked(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        await one.acquire([0, 1], 4)
        await other.acquire([2, 3], 4)
        await other.release()
        await one.release()
        await other.acquire([0, 1, 2, 3], 4)


async def test_processes_with_another_shard_count_are_refused(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        await one.acquire([0], 4)
        with raises_shard_taken("SHARD_COUNT=4, this one with 8"):
            await other.acquire([7], 8)


async def test_locks_are_reacquired_after_a_connection_failure(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        lost = await one.acquire([0], 4)
        await close_connections(postgres_url, APPLICATION_NAME)
        await wait_for_lock(postgres_url, granted=True)
        with raises_shard_taken("shard 0 is served"):
            await other.acquire([0], 4)
        assert not lost.done()


async def test_a_lock_taken_by_another_process_after_a_failure_is_reported(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, _), connect_to(postgres_url) as faster:
        lost = await one.acquire([0], 4)
        # It already waits for the lock, so it gets it before the previous holder reconnects.
        waiting = asyncio.create_task(faster.execute(b"SELECT pg_advisory_lock(7305001, 0)"))
        await wait_for_lock(postgres_url, granted=False)
        await close_connections(postgres_url, APPLICATION_NAME)
        await waiting
        with raises_shard_taken("shard 0 is served by another process"):
            await asyncio.wait_for(lost, 60)


async def test_an_unreachable_database_raises_an_operator_error() -> None:
    engine = create_engine("postgresql+psycopg://bot@/jimeng?host=/nowhere")
    with pytest.raises(OperatorError) as caught:
        await ShardLocks(engine).acquire([0], 1)
    assert caught.value.detail.startswith("the database can't be reached")


# Identify limiter


async def test_a_reserved_bucket_is_refused_to_others(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as other:
        first, second = SharedIdentifyLimiter(one), SharedIdentifyLimiter(other)
        assert await first.acquire(0, 30) == 0
        assert 25 < await second.acquire(0, 30) <= 30
        assert await second.acquire(1, 30) == 0


async def test_a_reservation_can_be_replaced_by_its_holder(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine:
        limiter = SharedIdentifyLimiter(engine)
        assert await limiter.acquire(0, 30) == 0
        assert await limiter.acquire(0, 5, again=True) == 0
        assert 0 < await limiter.acquire(0, 30) <= 5
        assert await limiter.acquire(0, 0, again=True) == 0
        assert await limiter.acquire(0, 30) == 0


async def test_of_concurrent_reservations_one_succeeds(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine:
        waits = await asyncio.gather(*(SharedIdentifyLimiter(engine).acquire(0, 30) for _ in range(8)))
        assert waits.count(0) == 1


async def test_a_reservation_far_in_the_future_is_ignored(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine:
        limiter = SharedIdentifyLimiter(engine)
        assert await limiter.acquire(0, 86_400) == 0
        assert await limiter.acquire(0, 5) == 0


async def test_a_single_process_limits_itself() -> None:
    now = 100.0
    limiter = LocalIdentifyLimiter(lambda: now)
    assert await limiter.acquire(0, 5) == 0
    assert await limiter.acquire(0, 5) == 5
    assert await limiter.acquire(1, 5) == 0
    assert await limiter.acquire(0, 3, again=True) == 0
    now = 103.0
    assert await limiter.acquire(0, 5) == 0
