"""Cards in line: held by one process at a time, shown again only where the place moved."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.db.transactions import transact
from bot.store.queue.admission import CARD_HOLD
from bot.store.queue.card_leases import CardStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.relay_state import Pool
from tests.support.store.requests import TOLD, add, from_message


@pytest.fixture
def jobs(engine: AsyncEngine) -> JobStore:
    return JobStore(engine, Path())


@pytest.fixture
def cards(engine: AsyncEngine) -> CardStore:
    return CardStore(engine, Path())


async def places(cards: CardStore, now: float, most: int = 9) -> dict[int, int]:
    return {each.job.id: each.ahead for each in await cards.moved(now=now, until=now + 5, most=most)}


async def test_a_new_card_is_its_accepters_for_some_seconds(jobs: JobStore, cards: CardStore) -> None:
    job = await add(jobs, now=10)
    assert job.card_until == 10 + CARD_HOLD
    assert await places(cards, now=10 + CARD_HOLD - 0.1) == {}
    held = await cards.hold(job.id, clock=lambda: 10, seconds=2)
    assert held is not None and (held.ahead, held.job.card_until) == (0, 12)


async def test_a_card_is_held_from_when_the_database_has_time_for_it(
    engine: AsyncEngine, jobs: JobStore, cards: CardStore
) -> None:
    job, now, over = await add(jobs, now=10), 10.0, asyncio.Event()

    async def write(_: AsyncConnection) -> None:
        await over.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(9):
            group.create_task(transact(engine, write))
        holding = group.create_task(cards.hold(job.id, clock=lambda: now, seconds=5))
        await asyncio.sleep(0)
        now = 100.0
        over.set()
    held = holding.result()
    assert held is not None and held.job.card_until == 105


async def test_a_place_is_told_again_only_where_it_moved(jobs: JobStore, cards: CardStore) -> None:
    for user in (1, 2, 3):
        await add(jobs, user=user)
    assert await places(cards, now=10) == {1: 0, 2: 1, 3: 2}
    assert await places(cards, now=20) == {}
    await jobs.cancel(1, now=21)
    assert await places(cards, now=30) == {2: 0, 3: 1}


async def test_the_cards_that_were_looked_at_longest_ago_come_first(jobs: JobStore, cards: CardStore) -> None:
    for user in (1, 2, 3):
        await add(jobs, user=user, now=user)
    assert list(await places(cards, now=20, most=2)) == [1, 2]
    assert list(await places(cards, now=20, most=2)) == [3]


async def test_whoever_takes_a_job_on_reads_until_when_its_card_is_held(
    jobs: JobStore, cards: CardStore
) -> None:
    await add(jobs)
    await places(cards, now=10)
    (job,) = await jobs.claim("w", capacity=1, now=11, lease=60)
    assert job.card_until == 15
    assert await cards.hold(job.id, clock=lambda: 12, seconds=87) is None
    assert await places(cards, now=20) == {}


async def test_a_card_that_can_not_be_edited_any_more_is_left_alone(jobs: JobStore, cards: CardStore) -> None:
    await add(jobs)
    assert await places(cards, now=901) == {}


async def test_cards_say_once_that_the_relay_is_down_and_once_that_it_is_back(
    engine: AsyncEngine, jobs: JobStore, cards: CardStore
) -> None:
    pool = Pool(engine, capacity=4)
    for user in (1, 2):
        await add(jobs, user=user)
    assert await places(cards, now=10) == {1: 0, 2: 1}
    for now in (11, 12, 17):
        await pool.failed(began=now, now=now)
    told = await cards.moved(now=20, until=25, most=9)
    assert [(each.job.id, each.down) for each in told] == [(1, True), (2, True)]
    job = await add(jobs, user=3)
    held = await cards.hold(job.id, clock=lambda: 20, seconds=5)
    assert held is not None and held.down
    assert await places(cards, now=30) == {}
    await pool.answered(now=31)
    told = await cards.moved(now=40, until=45, most=9)
    assert [(each.job.id, each.ahead, each.down) for each in told] == [
        (1, 0, False),
        (2, 1, False),
        (3, 2, False),
    ]


async def test_a_request_without_a_card_is_drawn_once_it_has_one(jobs: JobStore, cards: CardStore) -> None:
    job = await add(jobs, to=from_message(77))
    assert await jobs.claim("w", capacity=4, now=1, lease=60) == []
    pinned = await cards.pin(job.id, 88, now=1)
    assert pinned is not None and pinned.message_id == 88
    (claimed,) = await jobs.claim("w", capacity=4, now=1, lease=60)
    assert claimed.reply_to is not None and claimed.reply_to.message_id == 88


async def test_a_request_whose_card_never_comes_is_drawn_a_moment_later(
    jobs: JobStore, cards: CardStore
) -> None:
    job = await add(jobs, to=from_message(77))
    (claimed,) = await jobs.claim("w", capacity=4, now=CARD_HOLD, lease=60)
    assert (claimed.id, claimed.message_id) == (job.id, 0)
    # It may come late, and is then the one that is edited.
    pinned = await cards.pin(job.id, 88, now=7)
    assert pinned is not None and (pinned.state, pinned.message_id) == ("running", 88)


async def test_nobody_holds_the_card_of_a_request_that_has_none(jobs: JobStore, cards: CardStore) -> None:
    job = await add(jobs, to=from_message(77))
    assert await cards.moved(now=CARD_HOLD + 1, until=CARD_HOLD + 6, most=5) == []
    unheld = await jobs.get(job.id)
    assert unheld is not None and unheld.card_until == CARD_HOLD
    await cards.pin(job.id, 88, now=CARD_HOLD + 1)
    (held,) = await cards.moved(now=CARD_HOLD + 2, until=CARD_HOLD + 7, most=5)
    assert held.job.card_until == CARD_HOLD + 7


async def test_a_card_is_pinned_once_and_to_nothing_that_is_over(jobs: JobStore, cards: CardStore) -> None:
    first = await add(jobs, to=from_message(77))
    assert await cards.pin(first.id, 88, now=1) is not None
    assert await cards.pin(first.id, 99, now=1) is None
    cancelled = await add(jobs, to=from_message(78))
    await jobs.cancel(cancelled.id, now=1)
    assert await cards.pin(cancelled.id, 89, now=1) is None
    done = await add(jobs, user=2, to=from_message(79))
    await jobs.claim("w", capacity=4, now=CARD_HOLD, lease=60)
    await jobs.failed(done, "w", "busy", {})
    await jobs.finish(done, "w", TOLD, now=9)
    assert await cards.pin(done.id, 90, now=10) is None


async def test_a_retry_waits_for_its_time_also_when_the_card_comes(jobs: JobStore, cards: CardStore) -> None:
    await add(jobs, to=from_message(77))
    (job,) = await jobs.claim("w", capacity=4, now=CARD_HOLD, lease=60)
    await jobs.retry(job, "w", run_at=50)
    assert await cards.pin(job.id, 88, now=7) is not None
    assert await jobs.claim("w", capacity=4, now=49, lease=60) == []


async def test_what_waits_is_found_by_the_messages_that_asked(jobs: JobStore, cards: CardStore) -> None:
    by_command = await add(jobs)
    first, second = await add(jobs, to=from_message(1_000_077)), await add(jobs, to=from_message(1_000_078))
    cancelled = await add(jobs, to=from_message(1_000_079))
    await jobs.cancel(cancelled.id, now=1)
    assert by_command.reply_to is not None
    others = {1_000_079, 1_000_080, by_command.reply_to.interaction_id}
    assert await cards.asked_by({1_000_077, *others}) == [first.id]
    assert sorted(await cards.asked_by({1_000_077, 1_000_078})) == [first.id, second.id]
    assert await cards.asked_by(others) == []
    await jobs.claim("w", capacity=2, now=CARD_HOLD, lease=60)
    assert await cards.asked_by({1_000_077, 1_000_078}) == [second.id]
