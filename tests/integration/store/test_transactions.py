"""Transactions: reads don't wait for writers, as interactions must be answered within three seconds."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.db.engine import open_engine
from bot.store.db.tables import hints
from bot.store.db.transactions import read, write
from bot.store.queue.relay_state import lock_for_claim
from tests.support.databases import with_query


async def test_reads_do_not_wait_for_writers(engine: AsyncEngine) -> None:
    released, begun = asyncio.Event(), 0

    async def block(_: AsyncConnection) -> None:
        nonlocal begun
        begun += 1
        await released.wait()

    async def select_one(connection: AsyncConnection) -> int:
        return await connection.scalar(select(1)) or 0

    writers = [asyncio.create_task(write(engine, block)) for _ in range(30)]
    async with asyncio.timeout(30):
        assert [await read(engine, select_one) for _ in range(3)] == [1, 1, 1]
        assert begun < len(writers)
        released.set()
        await asyncio.gather(*writers)
    assert begun == len(writers)


async def test_a_read_sees_committed_writes(engine: AsyncEngine) -> None:
    for user in range(20):
        await write(
            engine, lambda c, user=user: c.execute(hints.insert().values(user_id=user, kind="reply", at=1.0))
        )

        async def count(connection: AsyncConnection) -> int:
            return len((await connection.scalars(select(hints.c.user_id))).all())

        assert await read(engine, count) == user + 1


async def test_a_suspended_transaction_is_aborted_by_the_server_and_retried(
    postgres_url: str,
) -> None:
    resume, attempts = asyncio.Event(), 0

    async def suspend(connection: AsyncConnection) -> None:
        nonlocal attempts
        attempts += 1
        await lock_for_claim(connection)
        locked.set()
        await resume.wait()
        await connection.scalar(select(1))

    short_timeout = with_query(postgres_url, options="-c idle_in_transaction_session_timeout=200")
    async with open_engine(short_timeout) as one, open_engine(postgres_url) as other, asyncio.timeout(30):
        locked = asyncio.Event()
        suspended = asyncio.create_task(write(one, suspend))
        await locked.wait()
        await write(other, lock_for_claim)
        resume.set()
        await suspended
    assert attempts == 2


@pytest.mark.parametrize(
    ("options", "shown"), [("", "5s"), ("-c idle_in_transaction_session_timeout=1min", "1min")]
)
async def test_the_idle_timeout_is_set_unless_the_url_sets_one(
    postgres_url: str, options: str, shown: str
) -> None:
    async with open_engine(with_query(postgres_url, options=options)) as engine:
        show = text("SHOW idle_in_transaction_session_timeout")
        assert await read(engine, lambda connection: connection.scalar(show)) == shown
