"""What a claim reads: never what is done, however much of it a member has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.db.engine import open_engine
from bot.store.queue.jobs import JobStore
from tests.support.databases import new_sqlite
from tests.support.store.requests import add

LASTING = ("member_created", "member_turn", "served_turn", "drawn_", "created")
"""Indexes that hold what is done too."""


async def test_a_claim_on_sqlite_goes_by_indexes_of_what_is_open(tmp_path: Path) -> None:
    async with open_engine(new_sqlite(tmp_path / "jobs.db")) as engine:
        plan = await plan_of_a_claim(engine)
    assert any("ix_jobs_running_member" in step for step in plan)
    assert [step for step in plan if any(f"ix_jobs_{name}" in step for name in LASTING)] == []
    assert [step for step in plan if step in ("SCAN jobs", "SCAN theirs", "SCAN earlier")] == []


async def plan_of_a_claim(engine: AsyncEngine) -> list[str]:
    """Return the steps in which the database makes a claim."""
    jobs, asked = JobStore(engine, Path()), list[tuple[str, Any]]()

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    await add(jobs)
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await jobs.claim("w", capacity=4, now=1, lease=60)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    (claim,) = [each for each in asked if "candidates" in each[0]]
    async with engine.connect() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {claim[0]}", claim[1])
        return [str(row.detail) for row in rows]
