"""Reading waits for nobody who writes: whoever presses a button has three seconds."""

from __future__ import annotations

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.tables import hints
from bot.store.transactions import look, transact


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
