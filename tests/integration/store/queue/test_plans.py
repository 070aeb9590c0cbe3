"""Query plans.

What runs while many jobs wait reads neither finished jobs nor all that wait, a listing only its own.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, Engine, event, insert, select, text, update
from sqlalchemy.engine import make_url

from bot.domain.requests.history_filter import HistoryFilter
from bot.store.db.engine import connected_engine
from bot.store.db.tables import jobs as table
from bot.store.db.transactions import read, write
from bot.store.history import HistoryStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from bot.store.queue.limits import Limits
from tests.support.databases import new_sqlite
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


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def filled_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with thousands of jobs, which the tests copy."""
    if request.param == "sqlite":
        url = new_sqlite(tmp_path_factory.mktemp("filled") / "jobs.db")
    else:
        url = request.getfixturevalue("postgres_server").new()
    async with connected_engine(make_url(url), durable=False) as engine:
        await add(JobStore(engine, Path()))
        await write(engine, fill)
    return url


@pytest.fixture
async def filled(filled_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Engine]:
    """An engine on a copy of the filled database."""
    address = make_url(filled_url)
    if address.get_backend_name() == "sqlite":
        address = address.set(database=str(copyfile(str(address.database), tmp_path / "jobs.db")))
    else:
        address = make_url(request.getfixturevalue("postgres_server").copy(filled_url))
    async with connected_engine(address, durable=False) as engine:
        yield engine


@pytest.mark.parametrize("action", ACTIONS)
async def test_indexes_of_open_jobs_are_used(filled: Engine, action: str) -> None:
    engine = filled
    jobs, cards = JobStore(engine, Path(), Limits(queue_size=9999)), CardStore(engine, Path())
    plan = await plan_of(engine, lambda: ACTIONS[action](jobs, cards))
    assert [step for step in plan if reads_too_much(step)] == []
    for index in INDEXES.get(action, ()):
        assert any(f"ix_jobs_{index}" in step for step in plan), (index, plan)


@pytest.mark.parametrize("filled_url", ["sqlite"], indirect=True)
async def test_of_a_turn_only_the_ids_before_a_job_are_read(filled: Engine) -> None:
    plan = await plan_of(filled, lambda: CardStore(filled, Path()).open_jobs(1, now=1))
    assert any("SEARCH earlier" in step and "(turn=? AND id>? AND id<?)" in step for step in plan), plan


async def test_a_members_results_are_read_and_counted_by_their_own_index(filled: Engine) -> None:
    history = HistoryStore(filled, Path())
    plan = await plan_of(filled, lambda: history.results(1, HistoryFilter(), page=0, size=4))
    by_index = [step for step in plan if "ix_jobs_drawn_of_member" in step]
    others = [step for step in plan if "ix_jobs_" in step and step not in by_index]
    assert by_index and not others and not any("Seq Scan on jobs" in step for step in plan), plan
    if filled.dialect.name == "sqlite":
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
