"""Cards of waiting jobs: leased by one process at a time, edited only when their position changed."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from bot.store.db.transactions import write
from bot.store.queue.admission import CARD_LEASE
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from bot.store.queue.services.relay_state import RelayState
from tests.support.store.requests import DELIVERED, add, from_message


@pytest.fixture
def jobs(engine: Engine) -> JobStore:
    return JobStore(engine, Path())


@pytest.fixture
def cards(engine: Engine) -> CardStore:
    return CardStore(engine, Path())


async def leased_positions(cards: CardStore, now: float, most: int = 9) -> dict[int, int]:
    return {each.job.id: each.ahead for each in await cards.lease_moved(now=now, until=now + 5, most=most)}


async def test_a_new_card_is_leased_to_the_process_that_accepted_it(jobs: JobStore, cards: CardStore) -> None:
    job = await add(jobs, now=10)
    assert job.card_until == 10 + CARD_LEASE
    assert await leased_positions(cards, now=10 + CARD_LEASE - 0.1) == {}
    leased = (await cards.lease([job.id], clock=lambda: 10, seconds=2))[job.id]
    assert (leased.ahead, leased.job.card_until) == (0, 12)


async def test_a_card_lease_counts_from_when_the_transaction_runs(
    engine: Engine, jobs: JobStore, cards: CardStore
) -> None:
    job, now, released = await add(jobs, now=10), 10.0, threading.Event()

    def block(_: Connection) -> None:
        assert released.wait(30)

    async with asyncio.TaskGroup() as group:
        for _ in range(9):
            group.create_task(write(engine, block))
        leasing = group.create_task(cards.lease([job.id], clock=lambda: now, seconds=5))
        await asyncio.sleep(0)
        now = 100.0
        released.set()
    assert leasing.result()[job.id].job.card_until == 105


async def test_new_cards_are_leased_together(jobs: JobStore, cards: CardStore) -> None:
    added = [await add(jobs, user=user, now=10) for user in (1, 2, 3)]
    await cards.lease([added[1].id], clock=lambda: 10, seconds=2)
    leased = await cards.lease({job.id for job in added}, clock=lambda: 11, seconds=2)
    assert {job_id: each.ahead for job_id, each in leased.items()} == {added[0].id: 0, added[2].id: 2}
    assert {each.job.card_until for each in leased.values()} == {13}


async def test_only_cards_whose_position_changed_are_returned(jobs: JobStore, cards: CardStore) -> None:
    for user in (1, 2, 3):
        await add(jobs, user=user)
    assert await leased_positions(cards, now=10) == {1: 0, 2: 1, 3: 2}
    assert await leased_positions(cards, now=20) == {}
    await jobs.cancel(1, now=21)
    assert await leased_positions(cards, now=30) == {2: 0, 3: 1}


async def test_the_cards_that_were_checked_longest_ago_come_first(jobs: JobStore, cards: CardStore) -> None:
    for user in (1, 2, 3):
        await add(jobs, user=user, now=user)
    assert list(await leased_positions(cards, now=20, most=2)) == [1, 2]
    assert list(await leased_positions(cards, now=20, most=2)) == [3]


async def test_a_claimed_job_says_until_when_its_card_is_leased(jobs: JobStore, cards: CardStore) -> None:
    await add(jobs)
    await leased_positions(cards, now=10)
    (job,) = await jobs.claim("w", capacity=1, now=11, lease=60)
    assert job.card_until == 15
    assert await cards.lease([job.id], clock=lambda: 12, seconds=87) == {}
    assert await leased_positions(cards, now=20) == {}


async def test_a_card_that_can_no_longer_be_edited_is_skipped(jobs: JobStore, cards: CardStore) -> None:
    await add(jobs)
    assert await leased_positions(cards, now=901) == {}


async def test_cards_say_once_that_the_relay_is_down_and_once_that_it_is_back(
    engine: Engine, jobs: JobStore, cards: CardStore
) -> None:
    relay_state = RelayState(engine, capacity=4)
    for user in (1, 2):
        await add(jobs, user=user)
    assert await leased_positions(cards, now=10) == {1: 0, 2: 1}
    for now in (11, 12, 17):
        await relay_state.record_failure(began=now, now=now)
    moved = await cards.lease_moved(now=20, until=25, most=9)
    assert [(each.job.id, each.down) for each in moved] == [(1, True), (2, True)]
    job = await add(jobs, user=3)
    assert (await cards.lease([job.id], clock=lambda: 20, seconds=5))[job.id].down
    assert await leased_positions(cards, now=30) == {}
    await relay_state.record_success(now=31)
    moved = await cards.lease_moved(now=40, until=45, most=9)
    assert [(each.job.id, each.ahead, each.down) for each in moved] == [
        (1, 0, False),
        (2, 1, False),
        (3, 2, False),
    ]


async def test_a_job_without_a_card_starts_once_it_has_one(jobs: JobStore, cards: CardStore) -> None:
    job = await add(jobs, to=from_message(77))
    assert await jobs.claim("w", capacity=4, now=1, lease=60) == []
    attached = await cards.attach_card(job.id, 88, now=1)
    assert attached is not None and attached.message_id == 88
    (claimed,) = await jobs.claim("w", capacity=4, now=1, lease=60)
    assert claimed.reply_to is not None and claimed.reply_to.message_id == 88


async def test_a_job_whose_card_never_comes_starts_a_moment_later(jobs: JobStore, cards: CardStore) -> None:
    job = await add(jobs, to=from_message(77))
    (claimed,) = await jobs.claim("w", capacity=4, now=CARD_LEASE, lease=60)
    assert (claimed.id, claimed.message_id) == (job.id, 0)
    # The card may still be posted late, and is edited then.
    attached = await cards.attach_card(job.id, 88, now=7)
    assert attached is not None and (attached.state, attached.message_id) == ("running", 88)


async def test_a_missing_card_is_never_leased(jobs: JobStore, cards: CardStore) -> None:
    job = await add(jobs, to=from_message(77))
    assert await cards.lease_moved(now=CARD_LEASE + 1, until=CARD_LEASE + 6, most=5) == []
    unleased = await jobs.get(job.id)
    assert unleased is not None and unleased.card_until == CARD_LEASE
    await cards.attach_card(job.id, 88, now=CARD_LEASE + 1)
    (leased,) = await cards.lease_moved(now=CARD_LEASE + 2, until=CARD_LEASE + 7, most=5)
    assert leased.job.card_until == CARD_LEASE + 7


async def test_a_card_is_attached_once_and_to_no_closed_job(jobs: JobStore, cards: CardStore) -> None:
    first = await add(jobs, to=from_message(77))
    assert await cards.attach_card(first.id, 88, now=1) is not None
    assert await cards.attach_card(first.id, 99, now=1) is None
    cancelled = await add(jobs, to=from_message(78))
    await jobs.cancel(cancelled.id, now=1)
    assert await cards.attach_card(cancelled.id, 89, now=1) is None
    done = await add(jobs, user=2, to=from_message(79))
    await jobs.claim("w", capacity=4, now=CARD_LEASE, lease=60)
    await jobs.mark_failed(done, "w", "busy", {})
    await jobs.finish(done, "w", DELIVERED, now=9)
    assert await cards.attach_card(done.id, 90, now=10) is None


async def test_a_retry_keeps_its_time_when_the_card_is_attached(jobs: JobStore, cards: CardStore) -> None:
    await add(jobs, to=from_message(77))
    (job,) = await jobs.claim("w", capacity=4, now=CARD_LEASE, lease=60)
    await jobs.requeue(job, "w", run_at=50)
    assert await cards.attach_card(job.id, 88, now=7) is not None
    assert await jobs.claim("w", capacity=4, now=49, lease=60) == []


async def test_waiting_jobs_are_found_by_the_messages_they_came_from(
    jobs: JobStore, cards: CardStore
) -> None:
    by_command = await add(jobs)
    first, second = await add(jobs, to=from_message(1_000_077)), await add(jobs, to=from_message(1_000_078))
    cancelled = await add(jobs, to=from_message(1_000_079))
    await jobs.cancel(cancelled.id, now=1)
    assert by_command.reply_to is not None
    others = {1_000_079, 1_000_080, by_command.reply_to.interaction_id}
    assert await cards.waiting_for_messages({1_000_077, *others}) == [first.id]
    assert sorted(await cards.waiting_for_messages({1_000_077, 1_000_078})) == [first.id, second.id]
    assert await cards.waiting_for_messages(others) == []
    await jobs.claim("w", capacity=2, now=CARD_LEASE, lease=60)
    assert await cards.waiting_for_messages({1_000_077, 1_000_078}) == [second.id]


async def test_a_members_open_jobs_are_read_in_one_statement_with_their_positions(
    engine: Engine, jobs: JobStore, cards: CardStore
) -> None:
    for user in (1, 2, 1, 1):
        await add(jobs, user=user)
    await jobs.claim("w", capacity=1, now=1, lease=99)
    statements: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def record(*arguments: Any) -> None:
        if "jobs" in arguments[2]:
            statements.append(arguments[2])

    found = await cards.open_jobs(1, now=2)
    assert [(job.id, at and at.ahead) for job, at in found] == [(1, None), (3, 1), (4, 2)]
    assert len(statements) == 1
    assert await cards.open_jobs(9, now=2) == []
