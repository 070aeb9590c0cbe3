"""The counts of open jobs, and that they are read without counting job by job."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from bot.store.db.transactions import read
from bot.store.queue.forecasts.queue_counts import QueueCountStore
from bot.store.queue.jobs import JobStore
from tests.support.store.requests import add


async def test_open_jobs_are_counted_by_state(engine: Engine) -> None:
    jobs, counts = JobStore(engine, Path()), QueueCountStore(engine)
    empty = await counts.read(now=50)
    assert (empty.waiting, empty.oldest_waiting_at, empty.running) == (0, None, 0)
    await add(jobs, user=1, now=10)
    await add(jobs, user=2, amount=3, now=20)
    await add(jobs, user=3, now=30)
    (running,) = await jobs.claim("w", capacity=1, now=40, lease=100)
    found = await counts.read(now=50)
    assert (found.waiting, found.waiting_pictures, found.running) == (2, 4, 1)
    assert found.oldest_waiting_at == 20
    assert found.counted_pictures == 5
    await jobs.mark_failed(running, "w", "blocked", {})
    found = await counts.read(now=50)
    assert (found.running, found.undelivered) == (0, 1)


@pytest.mark.parametrize("shared_url", ["sqlite"], indirect=True)
async def test_neither_finished_nor_all_waiting_jobs_are_read(engine: Engine) -> None:
    statements = list[tuple[str, Any]]()

    def record(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        statements.append((statement, parameters))

    await add(JobStore(engine, Path()))
    event.listen(engine, "before_cursor_execute", record)
    await QueueCountStore(engine).read(now=50)
    event.remove(engine, "before_cursor_execute", record)
    about_jobs = [each for each in statements if "FROM jobs" in each[0]]
    steps = await read(engine, lambda connection: [explain(connection, *each) for each in about_jobs])
    assert [index_in(step) for step in steps] == ["ix_jobs_held", "INTEGER PRIMARY KEY"]


def explain(connection: Connection, statement: str, parameters: Any) -> str:
    """Return a statement's plan."""
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return "; ".join(str(row[-1]) for row in rows)


def index_in(plan: str) -> str | None:
    """Return the index that a plan uses."""
    found = re.search(r"ix_jobs_\w+|INTEGER PRIMARY KEY", plan)
    return found and found[0]
