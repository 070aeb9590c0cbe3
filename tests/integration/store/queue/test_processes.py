"""Two processes on one PostgreSQL database keep to limits and quotas together, and share the work."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.store.db.engine import open_engine
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.services.relay_state import RelayState
from tests.support.forks.client import fork_program
from tests.support.postgres_connection import connect_to
from tests.support.store.contention import START, Report
from tests.support.store.requests import add

pytestmark = pytest.mark.processes
MEMBERS, EACH, CAPACITY, MEMBER_RUNNING = 6, 4, 5, 2


@pytest.mark.parametrize(("busy_answers", "slots"), [(0, 5), (1, 2)])
async def test_two_processes_that_claim_at_once_never_exceed_the_limits(
    postgres_url: str, tmp_path: Path, busy_answers: int, slots: int
) -> None:
    async with open_engine(postgres_url) as engine:
        store = JobStore(engine, Path(), Limits())
        for number in range(MEMBERS * EACH):
            await add(store, user=number % MEMBERS, amount=1 + number % 3)
        for step in range(busy_answers):
            await RelayState(engine, capacity=CAPACITY).record_busy(
                began=90 + step, now=90 + step, retry_after=None
            )
    task = {"url": postgres_url, "capacity": CAPACITY, "member_running": MEMBER_RUNNING}
    reports = await run_twice("claim", task, tmp_path)
    assert sum(report["done"] for report in reports) == MEMBERS * EACH
    assert all(report["done"] for report in reports)
    for running in (moment for report in reports for moment in report["running"]):
        members = [user for user, _ in running]
        assert sum(abreast for _, abreast in running) <= slots
        assert all(members.count(user) <= MEMBER_RUNNING for user in members)


@pytest.mark.parametrize("capacity", [2, 9])
async def test_two_processes_together_begin_no_more_in_any_minute_than_allowed(
    postgres_url: str, tmp_path: Path, capacity: int
) -> None:
    amounts, calls = [1, 4, 2, 3, 1, 1, 4, 1], 8
    async with open_engine(postgres_url) as engine:
        store = JobStore(engine, Path(), Limits())
        for number, amount in enumerate(amounts):
            await add(store, user=number, amount=amount)
    task = {"url": postgres_url, "capacity": capacity, "calls": calls}
    reports = await run_twice("call", task, tmp_path)
    assert sum(report["done"] for report in reports) == len(amounts)
    begun = sorted(at for report in reports for at in report["begun"])
    assert len(begun) == sum(amounts)
    for first in begun:
        assert sum(first <= at <= first + 60 for at in begun) <= calls


async def test_fifty_concurrent_requests_in_two_processes_get_exactly_the_quota(
    postgres_url: str, tmp_path: Path
) -> None:
    async with open_engine(postgres_url):
        reports = await run_twice("request", {"url": postgres_url, "allowed": 7}, tmp_path)
    assert sum(report["accepted"] for report in reports) == 7
    assert [rule for report in reports for rule in report["refused"]] == ["quota"] * 43


async def run_twice(
    work: Literal["claim", "call", "request"], task: dict[str, Any], folder: Path
) -> list[Report]:
    """Start two processes, let them work at once, and return the report of each."""
    module = ("-m", "tests.support.store.contention", work)
    async with asyncio.timeout(60), connect_to(task["url"]) as starter:
        await starter.execute(b"SELECT pg_advisory_lock(%s)", (START,))
        workers = [
            await fork_program((*module, name, json.dumps(task)), folder, os.environ)
            for name in ("one", "two")
        ]
        try:
            for each in workers:
                assert await each.stdout.readline() == b"open\n"
            await starter.execute(b"SELECT pg_advisory_unlock(%s)", (START,))
            return [json.loads(await each.stdout.read()) for each in workers]
        finally:
            for each in workers:
                each.kill()
                await each.wait()
