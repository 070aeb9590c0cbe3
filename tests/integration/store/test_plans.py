"""Query plans of claims: they never read finished jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bot.store.db.engine import open_engine
from bot.store.queue.jobs import JobStore
from tests.support.databases import new_sqlite
from tests.support.store.requests import add

INDEXES_WITH_FINISHED_JOBS = ("member_created", "member_turn", "served_turn", "drawn_", "created")


async def test_a_claim_on_sqlite_uses_indexes_of_open_jobs(tmp_path: Path) -> None:
    async with open_engine(new_sqlite(tmp_path / "jobs.db"), durable=False) as engine:
        plan = await claim_plan(engine)
    assert any("ix_jobs_running_member" in step for step in plan)
    assert [
        step for step in plan if any(f"ix_jobs_{name}" in step for name in INDEXES_WITH_FINISHED_JOBS)
    ] == []
    assert [step for step in plan if step in ("SCAN jobs", "SCAN same_member", "SCAN earlier")] == []


async def claim_plan(engine: Engine) -> list[str]:
    """Return the query plan of a claim."""
    jobs, statements = JobStore(engine, Path()), list[tuple[str, Any]]()

    def record(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        statements.append((statement, parameters))

    await add(jobs)
    event.listen(engine, "before_cursor_execute", record)
    await jobs.claim("w", capacity=4, now=1, lease=60)
    event.remove(engine, "before_cursor_execute", record)
    (claim,) = [each for each in statements if "candidates" in each[0]]
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {claim[0]}", claim[1])
        return [str(row.detail) for row in rows]
