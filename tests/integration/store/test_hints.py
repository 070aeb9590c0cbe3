"""One hint a member in a day, also for many processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.store.db.engine import open_engine
from bot.store.db.transactions import transact
from bot.store.hints import Hints

DAY = 86_400.0


@pytest.fixture
async def hints(database_url: str) -> AsyncGenerator[Hints]:
    async with open_engine(database_url) as engine:
        yield Hints(engine)


async def test_a_member_is_given_one_hint_a_day(hints: Hints) -> None:
    assert await hints.take(1, "reply", now=1000.0)
    assert not await hints.take(1, "reply", now=1000.0 + DAY - 1)
    assert await hints.take(1, "reply", now=1000.0 + DAY)
    assert not await hints.take(1, "reply", now=1001.0 + DAY)


async def test_each_member_has_their_own(hints: Hints) -> None:
    assert await hints.take(1, "reply", now=0.0)
    assert await hints.take(2, "reply", now=1.0)


async def test_each_kind_counts_for_itself(hints: Hints) -> None:
    assert await hints.take(1, "reply", now=0.0)
    assert await hints.take(1, "closed", now=1.0)
    assert not await hints.take(1, "closed", now=2.0)


async def test_many_at_once_give_one(hints: Hints) -> None:
    given = await asyncio.gather(*(hints.take(1, "reply", now=5.0) for _ in range(20)))
    assert given.count(True) == 1


async def test_nothing_is_remembered_longer_than_that(database_url: str) -> None:
    from sqlalchemy import func, select

    from bot.store.db.tables import hints as table

    async with open_engine(database_url) as engine:
        hints = Hints(engine)
        for user in range(5):
            assert await hints.take(user, "reply", now=float(user))
        assert await hints.take(9, "reply", now=DAY + 100)
        count = select(func.count()).select_from(table)
        assert await transact(engine, lambda connection: connection.scalar(count)) == 1
