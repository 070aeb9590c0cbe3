"""Two processes on one PostgreSQL database keep to limits and quotas together, and share the work."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.store.db.engine import open_engine
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.relay_state import RelayState
from tests.support.store.requests import add

pytestmark = pytest.mark.processes
MEMBERS, EACH, CAPACITY, MEMBER_RUNNING = 6, 8, 5, 2

Report = dict[str, Any]
PREAMBLE = """
import asyncio, json, sys, time
from pathlib import Path
from bot.domain.models import DeliveredMessage
from bot.store.db.engine import open_engine
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.relay_state import RelayState
from bot.store.db.tables import jobs as table
from sqlalchemy import select

DELIVERED = DeliveredMessage(channel_id=1, message_id=1)
name, task = sys.argv[1], json.loads(sys.argv[2])

async def main(work):
    async with open_engine(task["url"], durable=False) as engine:
        print("open", flush=True)
        sys.stdin.readline()
        print(json.dumps(await work(engine)))
"""
WORKER = """
async def work(engine):
    store = JobStore(engine, Path(), Limits(member_running=task["member_running"]))
    running_seen, done, held = [], 0, []
    while await store.open_ids():
        held += await store.claim(name, capacity=task["capacity"], now=100.0, lease=199.0)
        with engine.connect() as connection:
            running = select(table.c.user_id, table.c.abreast).where(table.c.state == "running")
            running_seen.append([list(row) for row in connection.execute(running)])
        if held:
            done += await store.finish(held.pop(0), name, DELIVERED, now=100.0)
    return {"running": running_seen, "done": done}

asyncio.run(main(work))
"""
# A minute passes in three seconds. Pictures begin one by one.
METERED_WORKER = """
async def work(engine):
    clock = lambda: time.time() * 20
    store = JobStore(engine, Path(), Limits(member_running=99, calls_a_minute=task["calls"]))
    meter, begun, done, held = store.call_meter(name, clock), [], 0, []
    while await store.open_ids():
        now = clock()
        for job in await store.claim(name, capacity=task["capacity"], now=now, lease=now + 9999):
            held.append([job, job.draft.count])
        if held and held[0][1]:
            assert await meter.begin(held[0][0])
            begun.append(clock())
            held[0][1] -= 1
        elif held:
            done += await store.finish(held.pop(0)[0], name, DELIVERED, now=clock())
    return {"begun": begun, "done": done}

asyncio.run(main(work))
"""

REQUESTER = """
from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, ImageRequest, Quota, ReplyTo, Requester

DRAFT = Draft(kind="imagine", request=ImageRequest(prompt="a fox"))
MEMBER = Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=1)

async def work(engine):
    store = JobStore(engine, Path(), Limits(member_waiting=99))
    quota = Quota(allowed=task["allowed"], since=0, until=86400)

    async def submit(number):
        to = ReplyTo(interaction_id=number, application_id=1, token="t", message_id=7, ephemeral=False,
                     expires_at=9)
        return await store.add(DRAFT, MEMBER, to, now=1.0, deadline=9.0, quota=quota)

    first = 1000 if name == "one" else 2000
    found = await asyncio.gather(*(submit(first + n) for n in range(25)), return_exceptions=True)
    refused = [each.rule for each in found if isinstance(each, RuleBroken)]
    return {"accepted": len(found) - len(refused), "refused": refused}

asyncio.run(main(work))
"""


@pytest.mark.parametrize(("busy_answers", "slots"), [(0, 5), (1, 2), (3, 1)])
async def test_two_processes_that_claim_at_once_never_exceed_the_limits(
    postgres_url: str, busy_answers: int, slots: int
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
    reports = await run_two_workers(WORKER, task)
    assert sum(report["done"] for report in reports) == MEMBERS * EACH
    assert all(report["done"] for report in reports)
    for running in (moment for report in reports for moment in report["running"]):
        members = [user for user, _ in running]
        assert sum(abreast for _, abreast in running) <= slots
        assert all(members.count(user) <= MEMBER_RUNNING for user in members)


@pytest.mark.parametrize("capacity", [2, 9])
async def test_two_processes_together_begin_no_more_in_any_minute_than_allowed(
    postgres_url: str, capacity: int
) -> None:
    amounts, calls = [1, 4, 2, 3, 1, 1, 4, 1], 8
    async with open_engine(postgres_url) as engine:
        store = JobStore(engine, Path(), Limits())
        for number, amount in enumerate(amounts):
            await add(store, user=number, amount=amount)
    task = {"url": postgres_url, "capacity": capacity, "calls": calls}
    reports = await run_two_workers(METERED_WORKER, task)
    assert sum(report["done"] for report in reports) == len(amounts)
    begun = sorted(at for report in reports for at in report["begun"])
    assert len(begun) == sum(amounts)
    for first in begun:
        assert sum(first <= at <= first + 60 for at in begun) <= calls


async def test_fifty_concurrent_requests_in_two_processes_get_exactly_the_quota(postgres_url: str) -> None:
    async with open_engine(postgres_url):
        reports = await run_two_workers(REQUESTER, {"url": postgres_url, "allowed": 7})
    assert sum(report["accepted"] for report in reports) == 7
    assert [rule for report in reports for rule in report["refused"]] == ["quota"] * 43


async def run_two_workers(worker: str, task: dict[str, Any]) -> list[Report]:
    """Start two workers, let them run at once, and return the report of each."""
    pipe, script = asyncio.subprocess.PIPE, PREAMBLE + worker
    commands = [(sys.executable, "-c", script, name, json.dumps(task)) for name in ("one", "two")]
    workers = [
        await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe) for command in commands
    ]
    try:
        async with asyncio.timeout(60):
            for each in workers:
                assert each.stdout is not None and await each.stdout.readline() == b"open\n"
            outputs = await asyncio.gather(*(each.communicate(b"\n") for each in workers))
        return [json.loads(out) for out, _ in outputs]
    finally:
        for each in workers:
            if each.returncode is None:
                each.kill()
                await each.wait()
