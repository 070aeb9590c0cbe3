"""Two processes on one PostgreSQL: together they keep to limits and quotas, and share the work."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from asking import add

from bot.store.engine import open_engine
from bot.store.jobs import JobStore
from bot.store.limits import Limits

MEMBERS, EACH, CAPACITY, MEMBER_RUNNING = 6, 8, 5, 2

Report = dict[str, Any]
WORKER = """
import asyncio, json, sys
from pathlib import Path
from bot.models import Delivered
from bot.store.engine import open_engine
from bot.store.jobs import JobStore
from bot.store.limits import Limits
from bot.store.tables import jobs as table
from sqlalchemy import select

TOLD = Delivered(channel_id=1, message_id=1)

async def main(url, name, capacity, member_running):
    seen, done, held = [], 0, []
    async with open_engine(url) as engine:
        store = JobStore(engine, Path(), Limits(member_running=member_running))
        print("open", flush=True)
        sys.stdin.readline()
        while await store.open_ids():
            held += await store.claim(name, capacity=capacity, now=1.0, lease=99.0)
            async with engine.connect() as connection:
                running = select(table.c.user_id, table.c.amount).where(table.c.state == "running")
                seen.append([list(row) for row in await connection.execute(running)])
            if held:
                done += await store.finish(held.pop(0), name, TOLD, now=1.0)
    print(json.dumps({"seen": seen, "done": done}))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
"""


async def test_two_processes_that_claim_at_once_never_exceed_the_limits(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine:
        store = JobStore(engine, Path(), Limits())
        for number in range(MEMBERS * EACH):
            await add(store, user=number % MEMBERS, amount=1 + number % 2)
    async with asyncio.timeout(60):
        reports = await let_go(postgres_url, WORKER, str(CAPACITY), str(MEMBER_RUNNING))
    assert sum(report["done"] for report in reports) == MEMBERS * EACH
    assert all(report["done"] for report in reports)
    for running in (moment for report in reports for moment in report["seen"]):
        members = [user for user, _ in running]
        assert sum(amount for _, amount in running) <= CAPACITY
        assert all(members.count(user) <= MEMBER_RUNNING for user in members)


ASKER = """
import asyncio, json, sys
from pathlib import Path
from bot.errors import RuleBroken
from bot.models import Draft, ImageRequest, Quota, ReplyTo, Requester
from bot.store.engine import open_engine
from bot.store.jobs import JobStore
from bot.store.limits import Limits

DRAFT = Draft(kind="imagine", request=ImageRequest(prompt="a fox"))
MEMBER = Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=1)

async def main(url, name, allowed):
    quota = Quota(allowed=allowed, since=0, until=86400)
    first = 1000 if name == "one" else 2000
    async with open_engine(url) as engine:
        store = JobStore(engine, Path(), Limits(member_waiting=99))
        print("open", flush=True)
        sys.stdin.readline()

        async def press(number):
            to = ReplyTo(interaction_id=number, application_id=1, token="t", message_id=7, ephemeral=False,
                         expires_at=9)
            return await store.add(DRAFT, MEMBER, to, now=1.0, deadline=9.0, quota=quota)

        found = await asyncio.gather(*(press(first + n) for n in range(25)), return_exceptions=True)
    refused = [each.rule for each in found if isinstance(each, RuleBroken)]
    print(json.dumps({"accepted": len(found) - len(refused), "refused": refused}))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def test_fifty_presses_in_two_processes_at_once_get_exactly_what_a_quota_has(postgres_url: str) -> None:
    async with open_engine(postgres_url), asyncio.timeout(60):
        reports = await let_go(postgres_url, ASKER, "7")
    assert sum(report["accepted"] for report in reports) == 7
    assert [rule for report in reports for rule in report["refused"]] == ["quota"] * 43


async def let_go(url: str, program: str, *options: str) -> list[Report]:
    """Start a program twice, let both go at once, and return what each saw and did."""
    pipe = asyncio.subprocess.PIPE
    commands = [(sys.executable, "-c", program, url, name, *options) for name in ("one", "two")]
    workers = [
        await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe) for command in commands
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None and await worker.stdout.readline() == b"open\n"
        said = await asyncio.gather(*(worker.communicate(b"\n") for worker in workers))
        return [json.loads(out) for out, _ in said]
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()
