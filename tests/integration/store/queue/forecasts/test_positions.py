"""Positions equal the order in which jobs are claimed, whatever happened to the queue before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, literal_column, select, text

from bot.domain.models import Job, QueuedJob, Quota, Size
from bot.store.db.engine import open_engine
from bot.store.db.tables import ID_RANGE, waiting_counts
from bot.store.db.tables import jobs as table
from bot.store.db.transactions import read, write
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from bot.store.queue.limits import Limits
from tests.support.property_testing import examples
from tests.support.store.requests import DELIVERED, add

LIMITS = Limits(member_running=99, member_waiting=99)
NOW, LATER = 10.0, 20.0
MEMBERS = range(1, 5)
RELAXED = Quota(allowed=0, since=0.0, until=99.0, past="relaxed")

Action = Literal["add", "add relaxed", "claim", "requeue", "requeue larger", "postpone", "cancel", "release"]
ACTIONS: list[Action] = [
    "add",
    "add relaxed",
    "claim",
    "requeue",
    "requeue larger",
    "postpone",
    "cancel",
    "release",
]
Step = tuple[Action, int, int]
"""An action, the member or the job it is about, and a number of pictures."""


@pytest.mark.hypothesis
async def test_positions_equal_the_order_of_claims(database_url: str) -> None:
    """The steps are drawn inside: opening a database for each example would take too long."""
    steps = st.tuples(st.sampled_from(ACTIONS), st.integers(1, 99), st.integers(1, 3))
    collected: list[list[Step]] = []

    @examples(0.5)
    @given(st.lists(steps, max_size=16))
    def note(found: list[Step]) -> None:
        collected.append(found)

    note()
    async with open_engine(database_url, durable=False) as engine:
        jobs = JobStore(engine, Path(), LIMITS)
        await write(engine, give_ids_up_to_a_range)
        for example in collected:
            for step in example:
                await run(jobs, *step)
            shown = await positions(engine)
            assert await read(engine, stored_counts) == await read(engine, true_counts)
            assert [described(each) for each in shown] == await claim_all(jobs)
            await finish_all(jobs)


async def run(jobs: JobStore, action: Action, number: int, pictures: int) -> None:
    open_ids = sorted(await jobs.open_ids())
    job = await jobs.get(open_ids[number % len(open_ids)]) if open_ids else None
    match action:
        case "add" | "add relaxed":
            quota = RELAXED if action == "add relaxed" else None
            await add(jobs, user=1 + number % len(MEMBERS), amount=pictures, now=NOW, quota=quota)
        case "claim":
            await claim(jobs, NOW)
        case "release":
            await jobs.release_worker("w")
        case "cancel" if job:
            await jobs.cancel(job.id, now=NOW)
        case _ if job and job.state == "running":
            run_at = LATER if action == "postpone" else NOW
            await jobs.requeue(job, "w", run_at=run_at, larger="4K" if action == "requeue larger" else None)
        case _:
            pass


async def positions(engine: Engine) -> list[QueuedJob]:
    """Return the due jobs by their position, as ``/queue`` shows them."""
    cards = CardStore(engine, Path())
    found = [each for member in MEMBERS for each in await cards.open_jobs(member, now=NOW)]
    due = [queued for _, queued in found if queued and queued.run_at <= NOW]
    return sorted(due, key=lambda queued: queued.ahead)


def described(queued: QueuedJob) -> tuple[int, int, Mapping[Size, int]]:
    return queued.job.id, queued.ahead, queued.pictures


async def claim_all(jobs: JobStore) -> list[tuple[int, int, Mapping[Size, int]]]:
    """Claim the due jobs one after another; return what was claimed before each."""
    found = list[tuple[int, int, Mapping[Size, int]]]()
    pictures: dict[Size, int] = {"1K": 0, "2K": 0, "4K": 0}
    while job := await claim(jobs, NOW):
        found.append((job.id, len(found), dict(pictures)))
        pictures[job.draft.request.size] += job.draft.count
    return found


async def claim(jobs: JobStore, now: float) -> Job | None:
    claimed = await jobs.claim("w", capacity=999, worker_capacity=1, now=now, lease=99)
    return claimed[0] if claimed else None


async def finish_all(jobs: JobStore) -> None:
    while await claim(jobs, LATER):
        pass
    for job_id in await jobs.open_ids():
        job = await jobs.get(job_id)
        assert job and await jobs.finish(job, "w", DELIVERED, now=LATER)


def give_ids_up_to_a_range(connection: Connection) -> None:
    """Let the first ids be just below the end of a range, so that jobs of one turn are in two of them."""
    shared = connection.dialect.name == "postgresql"
    bump = (
        "SELECT setval('jobs_id_seq', :id)" if shared else "INSERT INTO sqlite_sequence VALUES ('jobs', :id)"
    )
    connection.execute(text(bump), {"id": ID_RANGE - 40})


def stored_counts(connection: Connection) -> set[tuple[int, ...]]:
    return {tuple(row) for row in connection.execute(select(waiting_counts))}


def true_counts(connection: Connection) -> set[tuple[int, ...]]:
    """Count the waiting jobs themselves."""
    first_id = table.c.id.bitwise_and(-ID_RANGE)
    keys = table.c.turn, first_id, table.c.size, func.coalesce(table.c.model, literal_column("''"))
    counted = select(*keys, func.count(), func.sum(table.c.amount)).where(table.c.state == "waiting")
    return {tuple(row) for row in connection.execute(counted.group_by(*keys))}
