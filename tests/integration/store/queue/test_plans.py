"""Query plans.

What runs while many jobs wait reads neither finished jobs nor all that wait, a listing only its own.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, text, update

from bot.domain.requests.history_filter import HistoryFilter
from bot.store.db.tables import jobs as table
from bot.store.db.transactions import read, write
from bot.store.history import HistoryStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from bot.store.queue.limits import Limits
from tests.support.store.requests import add

INDEXES_WITH_FINISHED_JOBS = ("member_created", "drawn_", "created", "erased")
LIMITED = re.compile("created_at ?>")
"""The latest refusals are looked for among the jobs of a day."""
ACTIONS: dict[str, Callable[[JobStore, CardStore], Awaitable[object]]] = {
    "accept": lambda jobs, _: add(jobs, user=2),
    "claim": lambda jobs, _: jobs.claim("w", capacity=4, now=1, lease=60),
    "open ids": lambda jobs, _: jobs.open_ids([1, 2, 3]),
    "place": lambda _, cards: cards.lease([1], clock=lambda: 1, seconds=0),
    "queue": lambda _, cards: cards.open_jobs(1, now=1),
}
INDEXES = {
    "accept": ("waiting_of_member", "member_turn", "served_turn"),
    "claim": ("running_load", "waiting_in_order", "waiting_of_member"),
    "place": ("waiting_run_at",),
    "queue": ("waiting_run_at",),
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_indexes_of_open_jobs_are_used(new_engine: Engine, action: str) -> None:
    engine = new_engine
    jobs, cards = JobStore(engine, Path(), Limits(queue_size=9999)), CardStore(engine, Path())
    await add(jobs)
    await write(engine, fill)
    plan = await plan_of(engine, lambda: ACTIONS[action](jobs, cards))
    assert [step for step in plan if reads_too_much(step)] == []
    for index in INDEXES.get(action, ()):
        assert any(f"ix_jobs_{index}" in step for step in plan), (index, plan)


@pytest.mark.parametrize("new_engine", ["sqlite"], indirect=True)
async def test_of_a_turn_only_the_ids_before_a_job_are_read(new_engine: Engine) -> None:
    await add(JobStore(new_engine, Path(), Limits()))
    await write(new_engine, fill)
    plan = await plan_of(new_engine, lambda: CardStore(new_engine, Path()).open_jobs(1, now=1))
    assert any("SEARCH earlier" in step and "(turn=? AND id>? AND id<?)" in step for step in plan), plan


async def test_a_members_results_are_read_and_counted_by_their_own_index(new_engine: Engine) -> None:
    await add(JobStore(new_engine, Path(), Limits()))
    await write(new_engine, fill)
    history = HistoryStore(new_engine, Path())
    plan = await plan_of(new_engine, lambda: history.results(1, HistoryFilter(), page=0, size=4))
    by_index = [step for step in plan if "ix_jobs_drawn_of_member" in step]
    others = [step for step in plan if "ix_jobs_" in step and step not in by_index]
    assert by_index and not others and not any("Seq Scan on jobs" in step for step in plan), plan
    if new_engine.dialect.name == "sqlite":
        assert any("COVERING" in step for step in by_index), plan


async def plan_of(engine: Engine, action: Callable[[], Awaitable[object]]) -> list[str]:
    """Run an action; return the steps of the plans of its statements on jobs, but for inserts."""
    statements = list[tuple[str, Any]]()

    def record(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "jobs" in statement and not statement.startswith("INSERT"):
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", record)
    await action()
    event.remove(engine, "before_cursor_execute", record)
    return await read(
        engine, lambda connection: [step for each in statements for step in explain(connection, *each)]
    )


def fill(connection: Connection) -> None:
    """Copy the only job until there are thousands of them, one job in eight waiting."""
    for step in (2**power for power in range(12)):
        changed = {"interaction_id": 10_000 * step, "user_id": step // 64, "turn": step // 64}
        copied = [table.c[name] + by for name, by in changed.items()]
        others = [column for column in table.c if column.name not in {"id", *changed}]
        names = [*changed, *(column.name for column in others)]
        connection.execute(insert(table).from_select(names, select(*copied, *others)))
    finished = update(table).where(table.c.id % 8 != 1).values(state="done", drawn_at=2.0, attempts=1)
    connection.execute(finished)
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE jobs"))


def explain(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Return the steps of a statement's plan, each with its conditions."""
    command = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    rows = connection.exec_driver_sql(f"{command} {statement}", parameters)
    lines = [str(row[-1]) for row in rows]
    if connection.dialect.name != "postgresql":
        return lines
    # A step begins with an arrow, and the lines after it are about it.
    return "\n".join(lines).split("->")


def reads_too_much(step: str) -> bool:
    """Whether a step reads all jobs, or finished ones."""
    finished = any(f"ix_jobs_{name}" in step for name in INDEXES_WITH_FINISHED_JOBS)
    return (
        (finished and not LIMITED.search(step))
        or step in ("SCAN jobs", "SCAN same_member", "SCAN earlier")
        or "earlier USING AUTOMATIC" in step
        or "Seq Scan on jobs" in step
    )
