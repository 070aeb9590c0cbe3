"""A house with all that keeps anything about people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import OperatorError
from bot.domain.guild_settings import Pause
from bot.domain.models import Delivered, Draft, ImageRequest, Job, Quota, Requester, Style, StyleOwner
from bot.pictures.originals import Originals
from bot.services.privacy import Privacy
from bot.store.db.tables import hints, jobs, pauses
from bot.store.guilds import Guilds
from bot.store.history import History
from bot.store.members import Members
from bot.store.moderation import ModerationStore
from bot.store.personal_data import Records
from bot.store.queue.jobs import JobStore
from bot.store.styles import Styles
from tests.support.store.history import draw
from tests.support.store.requests import reply_to

DAY = 86_400.0
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()


@dataclass
class House:
    """All that keeps anything about people."""

    engine: AsyncEngine
    jobs: JobStore
    history: History
    guilds: Guilds
    members: Members
    styles: Styles
    originals: Originals
    folder: Path
    now: float = NOON

    def privacy(self, retention: int | None = 90, *, batch: int = 200) -> Privacy:
        return Privacy(
            Records(self.engine),
            self.guilds,
            self.members,
            self.originals,
            retention=retention,
            clock=lambda: self.now,
            batch=batch,
        )

    async def count(self, table: Table, **where: Any) -> int:
        same = [table.c[name] == value for name, value in where.items()]
        async with self.engine.connect() as connection:
            return await connection.scalar(select(func.count()).select_from(table).where(*same)) or 0

    async def insert(self, table: Table, **row: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(insert(table).values(row))


def open_house(engine: AsyncEngine, folder: Path) -> House:
    """Build it on a database and a folder."""
    return House(
        engine=engine,
        jobs=JobStore(engine, folder / "spool"),
        history=History(engine, folder / "spool"),
        guilds=Guilds(engine, lambda: NOON),
        members=Members(engine),
        styles=Styles(engine),
        originals=Originals((folder / "originals").as_uri()),
        folder=folder,
    )


async def refuse(house: House, user: int, *, now: float, asked: float | None = None) -> None:
    """Let the filter refuse a member's prompt."""
    job = await ask(house, user, now=now if asked is None else asked)
    (claimed,) = await house.jobs.claim("w", capacity=9, now=now, lease=now + 60)
    assert claimed.id == job.id
    await house.jobs.failed(claimed, "w", "prompt-blocked", {})
    assert await house.jobs.finish(claimed, "w", Delivered(channel_id=2, message_id=9), now=now)


async def ask(house: House, user: int, *, now: float, quota: Quota | None = None) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a secret"))
    requester = Requester(
        user_id=user, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10
    )
    job = await house.jobs.add(draft, requester, reply_to(), now=now, deadline=now + 60, quota=quota)
    assert job is not None
    return job


async def furnish(house: House, user: int) -> None:
    """Let a member leave a trace in every table."""
    await draw(house.jobs, user=user, prompt="a fox", pictures=2, now=NOON - 100)
    await house.members.change(user, lambda chosen: replace(chosen, language="zh-TW", size="4K"))
    await house.styles.add(StyleOwner(kind="member", id=user), Style(name="ink", text="in ink"), most=9)
    await house.guilds.change(3, user, lambda settings: replace(settings, daily=user))
    pause = Pause(user_id=user, until=NOON + DAY, by_id=7)
    await ModerationStore(house.engine).pause(3, pause, reason=f"spam by member {user}", now=NOON)
    await house.insert(pauses, guild_id=user, user_id=99, until=NOON + DAY, by_id=user)
    await house.insert(hints, user_id=user, kind="reply", at=NOON)


async def keep(house: House, *, user: int, now: float) -> Job:
    """Let a request's original be kept."""
    number = await draw(house.jobs, user=user, now=now)
    job = await house.jobs.get(number)
    assert job is not None
    job.pictures[0].path.parent.mkdir(parents=True, exist_ok=True)
    job.pictures[0].path.write_bytes(b"untouched")
    names = await house.originals.keep(job)
    async with house.engine.begin() as connection:
        await connection.execute(jobs.update().where(jobs.c.id == number).values(kept=list(names)))
    return replace(job, kept=names)


async def away(names: object) -> None:
    raise OperatorError("the bucket is away")
