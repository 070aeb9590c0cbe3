"""A process that works on a database beside others: ``-m tests.support.store.contention WORK NAME TASK``.

It starts to work once the advisory lock ``START`` is free, and prints its report as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from bot.domain.errors import RuleBroken
from bot.domain.models import DeliveredMessage, Draft, ImageRequest, Job, Quota, Requester
from bot.store.db.engine import open_engine
from bot.store.db.tables import jobs as table
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.store.requests import reply_to

START = 1
"""The number of the advisory lock that is held until every process is ready."""
SPEED = 60
"""A minute passes in one second."""
_PAUSE = 0.02
_DELIVERED = DeliveredMessage(channel_id=1, message_id=1)
_DRAFT = Draft(kind="imagine", request=ImageRequest(prompt="a fox"))
_MEMBER = Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=1)

Report = dict[str, Any]


async def claim(engine: Engine, name: str, task: dict[str, Any]) -> Report:
    """Claim and finish jobs until none is open; report what ran at each moment: (user, abreast)."""
    store = JobStore(engine, Path(), Limits(member_running=task["member_running"]))
    moments: list[list[Sequence[int]]] = []
    held: list[Job] = []
    done = 0
    while await store.open_ids():
        held += await store.claim(name, capacity=task["capacity"], now=100.0, lease=199.0)
        with engine.connect() as connection:
            running = select(table.c.user_id, table.c.abreast).where(table.c.state == "running")
            moments.append([list(row) for row in connection.execute(running)])
        if held:
            done += await store.finish(held.pop(0), name, _DELIVERED, now=100.0)
    return {"running": moments, "done": done}


async def call(engine: Engine, name: str, task: dict[str, Any]) -> Report:
    """Begin the calls of jobs one by one until none is open; report when each began."""
    store = JobStore(engine, Path(), Limits(member_running=99, calls_a_minute=task["calls"]))
    meter, begun, done = store.call_meter(name, _clock), list[float](), 0
    held: list[tuple[Job, int]] = []
    while await store.open_ids():
        now = _clock()
        claimed = await store.claim(name, capacity=task["capacity"], now=now, lease=now + 9999)
        held += [(job, job.draft.count) for job in claimed]
        if not held:
            await asyncio.sleep(_PAUSE)  # the minute passes meanwhile
            continue
        job, calls = held.pop(0)
        if calls:
            assert await meter.begin(job, job.draft.request)
            begun.append(_clock())
            held.insert(0, (job, calls - 1))
        else:
            done += await store.finish(job, name, _DELIVERED, now=_clock())
    return {"begun": begun, "done": done}


async def request(engine: Engine, name: str, task: dict[str, Any]) -> Report:
    """Make 25 requests of one member at once; report how many were accepted, and the rules that refused."""
    store = JobStore(engine, Path(), Limits(member_waiting=99))
    quota = Quota(allowed=task["allowed"], since=0, until=86400)
    first = 1000 if name == "one" else 2000
    adding = (
        store.add(_DRAFT, _MEMBER, reply_to(first + number), now=1.0, deadline=9.0, quota=quota)
        for number in range(25)
    )
    results = await asyncio.gather(*adding, return_exceptions=True)
    refused = [each.rule for each in results if isinstance(each, RuleBroken)]
    return {"accepted": len(results) - len(refused), "refused": refused}


def _clock() -> float:
    return time.time() * SPEED


async def _run(work: str, name: str, task: dict[str, Any]) -> None:
    async with open_engine(task["url"], durable=False) as engine:
        _write("open")
        with engine.connect() as connection:
            connection.execute(select(func.pg_advisory_lock_shared(START)))
        report = await {"claim": claim, "call": call, "request": request}[work](engine, name, task)
        _write(json.dumps(report))


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
