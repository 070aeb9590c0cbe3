"""The shared state of the relay: all processes slow down while it is busy; one probes it while it is down."""

from __future__ import annotations

import asyncio
import logging

import pytest
from sqlalchemy import Engine

from bot.domain.models import Job
from bot.domain.relay_health import DOWN_PAUSES, RECOVERY
from bot.store.db.engine import open_engine
from bot.store.db.notifications import listen
from bot.store.queue.jobs import JobStore
from bot.store.queue.services.relay_state import RelayState
from tests.support.store.requests import DELIVERED, add, claim_undelivered, next_run_at

CAPACITY = 8


async def claim(jobs: JobStore, now: float, worker: str = "w") -> list[Job]:
    return await jobs.claim(worker, capacity=CAPACITY, now=now, lease=now + 999)


async def finish(jobs: JobStore, claimed: list[Job]) -> None:
    for job in claimed:
        assert await jobs.finish(job, "w", DELIVERED, now=1)


@pytest.fixture
def relay_state(engine: Engine) -> RelayState:
    return RelayState(engine, capacity=CAPACITY)


async def test_a_busy_relay_is_paused_and_then_used_half_as_much(
    jobs: JobStore, relay_state: RelayState
) -> None:
    for user in range(20):
        await add(jobs, user=user)
    await relay_state.record_busy(began=100, now=100, retry_after=30)
    assert await claim(jobs, 129.9) == []
    assert await next_run_at(jobs, now=101) == 130
    assert len(await claim(jobs, 130)) == CAPACITY // 2
    assert await claim(jobs, 130) == []


async def test_running_jobs_count_when_the_relay_gets_busy(jobs: JobStore, relay_state: RelayState) -> None:
    for user in range(20):
        await add(jobs, user=user)
    running = await claim(jobs, 100)
    await relay_state.record_busy(began=100, now=100, retry_after=None)
    await finish(jobs, running[:4])
    assert await claim(jobs, 102) == []
    await finish(jobs, running[4:6])
    assert len(await claim(jobs, 102)) == 2


async def test_a_job_with_more_pictures_than_slots_runs_alone_in_sequence(
    jobs: JobStore, relay_state: RelayState
) -> None:
    for step in range(3):
        await relay_state.record_busy(began=100 + step, now=100 + step, retry_after=None)
    for user in (1, 2):
        await add(jobs, user=user, amount=4)
    (job,) = await claim(jobs, 107)
    assert (job.abreast, job.draft.count) == (1, 4)
    assert await claim(jobs, 107) == []
    await finish(jobs, [job])
    (job,) = await claim(jobs, 102 + RECOVERY)
    assert job.abreast == 4


async def test_successes_and_time_restore_a_busy_relays_slots(
    jobs: JobStore, relay_state: RelayState
) -> None:
    for user in range(40):
        await add(jobs, user=user)
    await relay_state.record_busy(began=100, now=100, retry_after=None)
    for _ in range(4):
        await relay_state.record_success(now=101)
    fifth = await claim(jobs, 102)
    assert len(fifth) == 5
    await finish(jobs, fifth)
    assert len(await claim(jobs, 102 + RECOVERY / 2)) == CAPACITY


async def test_a_relay_that_is_down_is_probed_by_one_job_before_all_others(
    jobs: JobStore, relay_state: RelayState
) -> None:
    for user in range(4):
        await add(jobs, user=user, amount=2)
    await down(relay_state, at=100)
    assert await claim(jobs, 104.9) == []
    assert await next_run_at(jobs, now=100) == 105
    (probe,) = await claim(jobs, 105, "one")
    assert await claim(jobs, 106, "two") == []
    health = await relay_state.record_failure(began=105, now=107)
    assert await jobs.requeue(probe, "one", run_at=115, counts=False)
    assert health.down_until == 114
    assert await claim(jobs, 113.9) == []
    (probe,) = await claim(jobs, 114)
    assert (probe.id, probe.attempts) == (2, 1)
    await relay_state.record_success(now=115)
    assert [job.id for job in await claim(jobs, 115)] == [1, 3, 4]


async def test_a_cancelled_or_lost_probe_is_followed_by_another(
    jobs: JobStore, relay_state: RelayState
) -> None:
    for user in range(3):
        await add(jobs, user=user)
    await down(relay_state, at=100)
    (first,) = await claim(jobs, 105, "dead")
    await jobs.cancel(first.id, now=106)
    (second,) = await claim(jobs, 106, "dead")
    await jobs.release_worker("dead")
    assert [job.id for job in await claim(jobs, 107)] == [second.id]


async def test_an_unanswered_probe_is_followed_by_another(jobs: JobStore, relay_state: RelayState) -> None:
    for user in range(3):
        await add(jobs, user=user)
    await down(relay_state, at=100)
    (first,) = await claim(jobs, 105)
    assert await claim(jobs, 164.9) == []
    (second,) = await claim(jobs, 165.1)
    assert first.id != second.id


async def test_jobs_past_their_deadline_fail_while_the_relay_is_down(
    jobs: JobStore, relay_state: RelayState
) -> None:
    await add(jobs, now=0)
    await add(jobs, now=3000)
    await down(relay_state, at=3590)
    for now in (3595, 3600, 3602):
        await relay_state.record_failure(began=now, now=now)
    assert await claim(jobs, 3599) == [] and await claim_undelivered(jobs, "w", now=3599, lease=9999) == []
    assert await next_run_at(jobs, now=3599) == 3600
    assert await claim(jobs, 3600) == []
    (told,) = await claim_undelivered(jobs, "w", now=3600, lease=9999)
    assert (told.id, told.state, told.problem) == (1, "failed", "down")
    assert await jobs.open_ids() == {1, 2}


async def test_an_uncounted_attempt_leaves_the_count_unchanged(jobs: JobStore) -> None:
    await add(jobs)
    for counts, attempts in ((True, 1), (False, 2), (True, 2), (True, 3)):
        (job,) = await claim(jobs, 1)
        assert job.attempts == attempts
        assert await jobs.requeue(job, "w", run_at=1, counts=counts)


async def test_an_outage_of_the_relay_and_its_end_are_logged_once_each(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_engine(database_url, durable=False) as engine:
        relay_states = [RelayState(engine, capacity=CAPACITY) for _ in range(2)]
        for now in (100.0, 106.0):
            await asyncio.gather(
                *(
                    relay_state.record_failure(began=100, now=now)
                    for relay_state in relay_states
                    for _ in range(4)
                )
            )
        assert [
            health.is_down for health in [await relay_state.health() for relay_state in relay_states]
        ] == [True, True]
        await asyncio.gather(
            *(relay_state.record_success(now=120) for relay_state in relay_states for _ in range(4))
        )
    said = [
        (r.levelname, r.message) for r in caplog.records if r.name == "bot.store.queue.services.relay_state"
    ]
    assert said == [
        ("WARNING", "the relay is down: 9 calls failed in a row; jobs wait"),
        ("INFO", "the relay is back after 14 s"),
    ]


async def test_the_relays_recovery_is_notified_to_every_process(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine, open_engine(postgres_url) as other:
        notified = asyncio.Event()
        async with listen(engine, {"work": lambda _: notified.set()}):
            await asyncio.wait_for(notified.wait(), 10)
            notified.clear()
            relay_state = RelayState(other, capacity=CAPACITY)
            await down(relay_state, at=100)
            await relay_state.record_success(now=101)
            await asyncio.wait_for(notified.wait(), 10)


async def down(relay_state: RelayState, *, at: float) -> None:
    """Let calls fail until the relay counts as down at ``at``."""
    for now in (at - 9, at - 8, at):
        health = await relay_state.record_failure(began=now, now=now)
    assert health.down_since == at and health.down_until == at + DOWN_PAUSES[0]
