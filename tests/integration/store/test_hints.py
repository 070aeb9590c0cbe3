"""At most one hint of a kind per member and its interval."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.domain.models import HintKind
from bot.store.db.engine import open_engine
from bot.store.db.transactions import write
from bot.store.hints import HintStore

DAY = 86_400.0


@pytest.fixture
async def hints(database_url: str) -> AsyncGenerator[HintStore]:
    async with open_engine(database_url, durable=False) as engine:
        yield HintStore(engine)


@pytest.mark.parametrize(("kind", "days"), [("reply", 30), ("closed", 1)])
async def test_a_member_gets_one_hint_of_a_kind_in_its_interval(
    hints: HintStore, kind: HintKind, days: int
) -> None:
    assert await hints.claim(1, kind, now=1000.0)
    assert not await hints.claim(1, kind, now=1000.0 + days * DAY - 1)
    assert await hints.claim(1, kind, now=1000.0 + days * DAY)
    assert not await hints.claim(1, kind, now=1001.0 + days * DAY)


async def test_hints_are_counted_per_member(hints: HintStore) -> None:
    assert await hints.claim(1, "reply", now=0.0)
    assert await hints.claim(2, "reply", now=1.0)


async def test_hints_are_counted_per_kind(hints: HintStore) -> None:
    assert await hints.claim(1, "reply", now=0.0)
    assert await hints.claim(1, "closed", now=1.0)
    assert not await hints.claim(1, "closed", now=2.0)


async def test_of_concurrent_claims_one_succeeds(hints: HintStore) -> None:
    given = await asyncio.gather(*(hints.claim(1, "reply", now=5.0) for _ in range(20)))
    assert given.count(True) == 1


async def test_old_hints_are_deleted(database_url: str) -> None:
    from sqlalchemy import func, select

    from bot.store.db.tables import hints as table

    async with open_engine(database_url, durable=False) as engine:
        hints = HintStore(engine)
        for user in range(5):
            assert await hints.claim(user, "reply", now=float(user))
        assert await hints.claim(9, "reply", now=30 * DAY + 100)
        count = select(func.count()).select_from(table)
        assert await write(engine, lambda connection: connection.scalar(count)) == 1
