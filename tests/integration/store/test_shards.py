"""Each shard is one process's, also after its line to the database was cut; who identifies waits its turn."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from bot.domain.errors import OperatorError
from bot.store.db.engine import open_engine
from bot.store.shards.identify_limiter import OwnTurns, SharedTurns
from bot.store.shards.locks import ShardLocks, ShardTaken
from tests.support.postgres_connection import cut, line_to, until_locked

LINE = "jimeng-bot shards"


@asynccontextmanager
async def processes(url: str) -> AsyncGenerator[tuple[ShardLocks, ShardLocks]]:
    """What two processes have, seen from the database."""
    async with open_engine(url) as one, open_engine(url) as other:
        locks = ShardLocks(one), ShardLocks(other)
        try:
            yield locks
        finally:
            for each in locks:
                await each.let_go()


def refused(said: str) -> Any:
    return pytest.raises(ShardTaken, check=lambda error: re.search(said, error.detail) is not None)


# Locks


async def test_a_shard_of_another_process_is_refused_by_name(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        await one.take([0, 1, 2], 4)
        with refused(r"shard 1-2 is served by another process.*SHARD_IDS"):
            await other.take([1, 2, 3], 4)


async def test_after_a_refusal_nothing_stays_taken(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        await one.take([1], 4)
        with pytest.raises(ShardTaken):
            await other.take([1, 2], 4)
        await one.let_go()
        await one.take([1, 2], 4)


async def test_other_shards_and_those_that_were_left_are_free(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        await one.take([0, 1], 4)
        await other.take([2, 3], 4)
        await other.let_go()
        await one.let_go()
        await other.take([0, 1, 2, 3], 4)


async def test_processes_that_count_the_shards_differently_are_refused(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        await one.take([0], 4)
        with refused("SHARD_COUNT=4, this one with 8"):
            await other.take([7], 8)


async def test_after_a_cut_the_locks_are_taken_again(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, other):
        lost = await one.take([0], 4)
        await cut(postgres_url, LINE)
        await until_locked(postgres_url, granted=True)
        with refused("shard 0 is served"):
            await other.take([0], 4)
        assert not lost.done()


async def test_a_lock_that_another_process_took_after_a_cut_is_lost_in_words(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, _), line_to(postgres_url) as faster:
        lost = await one.take([0], 4)
        # Waiting in line for the lock, it has it before its holder can come again.
        waiting = asyncio.create_task(faster.execute(b"SELECT pg_advisory_lock(7305001, 0)"))
        await until_locked(postgres_url, granted=False)
        await cut(postgres_url, LINE)
        await waiting
        with refused("shard 0 is served by another process"):
            await asyncio.wait_for(lost, 10)


async def test_a_database_that_is_away_is_told_in_words() -> None:
    engine = create_async_engine("postgresql+psycopg://bot@/jimeng?host=/nowhere")
    with pytest.raises(OperatorError) as caught:
        await ShardLocks(engine).take([0], 1)
    assert caught.value.detail.startswith("the database can't be reached")


# Turns


async def test_a_bucket_is_one_processs_for_a_while(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as other:
        first, second = SharedTurns(one), SharedTurns(other)
        assert await first.take(0, 30) == 0
        assert 25 < await second.take(0, 30) <= 30
        assert await second.take(1, 30) == 0


async def test_whoever_holds_a_bucket_may_say_for_how_long(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine:
        turns = SharedTurns(engine)
        assert await turns.take(0, 30) == 0
        assert await turns.take(0, 5, again=True) == 0
        assert 0 < await turns.take(0, 30) <= 5
        assert await turns.take(0, 0, again=True) == 0
        assert await turns.take(0, 30) == 0


async def test_of_many_that_come_at_once_one_gets_the_turn(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine:
        waits = await asyncio.gather(*(SharedTurns(engine).take(0, 30) for _ in range(8)))
        assert waits.count(0) == 1


async def test_a_turn_from_before_the_clock_was_set_back_holds_nobody_up(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine:
        turns = SharedTurns(engine)
        assert await turns.take(0, 86_400) == 0
        assert await turns.take(0, 5) == 0


async def test_a_process_that_is_alone_keeps_its_own_turns() -> None:
    now = 100.0
    turns = OwnTurns(lambda: now)
    assert await turns.take(0, 5) == 0
    assert await turns.take(0, 5) == 5
    assert await turns.take(1, 5) == 0
    assert await turns.take(0, 3, again=True) == 0
    now = 103.0
    assert await turns.take(0, 5) == 0
