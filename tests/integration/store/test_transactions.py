"""Reading waits for nobody who writes: whoever presses a button has three seconds."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.db.engine import open_engine
from bot.store.db.tables import hints
from bot.store.db.transactions import look, transact
from bot.store.queue.relay_state import take_turn_to_claim
from tests.support.databases import with_query


async def test_one_reads_while_many_write_and_wait_to_write(engine: AsyncEngine) -> None:
    over, begun = asyncio.Event(), 0

    async def write(_: AsyncConnection) -> None:
        nonlocal begun
        begun += 1
        await over.wait()

    async def read(connection: AsyncConnection) -> int:
        return await connection.scalar(select(1)) or 0

    writers = [asyncio.create_task(transact(engine, write)) for _ in range(30)]
    async with asyncio.timeout(30):
        assert [await look(engine, read) for _ in range(3)] == [1, 1, 1]
        assert begun < len(writers)
        over.set()
        await asyncio.gather(*writers)
    assert begun == len(writers)


async def test_what_was_written_is_read(engine: AsyncEngine) -> None:
    for user in range(20):
        await transact(
            engine, lambda c, user=user: c.execute(hints.insert().values(user_id=user, kind="reply", at=1.0))
        )

        async def count(connection: AsyncConnection) -> int:
            return len((await connection.scalars(select(hints.c.user_id))).all())

        assert await look(engine, count) == user + 1


async def test_who_stands_still_in_a_transaction_is_passed_by_and_does_its_work_again(
    postgres_url: str,
) -> None:
    passed, tries = asyncio.Event(), 0

    async def stand_still(connection: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        await take_turn_to_claim(connection)
        holding.set()
        await passed.wait()
        await connection.scalar(select(1))

    impatient = with_query(postgres_url, options="-c idle_in_transaction_session_timeout=200")
    async with open_engine(impatient) as one, open_engine(postgres_url) as other, asyncio.timeout(30):
        holding = asyncio.Event()
        standing = asyncio.create_task(transact(one, stand_still))
        await holding.wait()
        await transact(other, take_turn_to_claim)
        passed.set()
        await standing
    assert tries == 2


@pytest.mark.parametrize(
    ("options", "shown"), [("", "5s"), ("-c idle_in_transaction_session_timeout=1min", "1min")]
)
async def test_the_server_waits_for_nobody_for_long_where_the_address_does_not_say_otherwise(
    postgres_url: str, options: str, shown: str
) -> None:
    async with open_engine(with_query(postgres_url, options=options)) as engine:
        show = text("SHOW idle_in_transaction_session_timeout")
        assert await look(engine, lambda connection: connection.scalar(show)) == shown
