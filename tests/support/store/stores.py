"""All stores with personal data, and helpers to fill them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, func, insert, select

from bot.domain.controls.acts import Act, Operator, Target
from bot.domain.controls.bans import Ban
from bot.domain.errors import OperatorError
from bot.domain.guild_settings import Pause
from bot.domain.models import DeliveredMessage, Draft, ImageRequest, Job, Quota, Requester, Style, StyleOwner
from bot.domain.ports import Originals
from bot.pictures.originals import open_originals
from bot.services.personal_data.erasure_log import ErasureLog
from bot.services.personal_data.privacy import PrivacyService
from bot.services.personal_data.retention import RetentionService
from bot.store.controls.bans import BanStore
from bot.store.db.tables import hints, jobs, own_limits, pauses
from bot.store.erasures import ErasureList
from bot.store.guilds import GuildStore
from bot.store.history import HistoryStore
from bot.store.members import MemberStore
from bot.store.moderation import ModerationStore
from bot.store.personal_data import PersonalDataStore
from bot.store.queue.jobs import JobStore
from bot.store.styles import StyleStore
from tests.support.store.history import add_finished_job
from tests.support.store.requests import reply_to

DAY = 86_400.0
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()


@dataclass
class Stores:
    """All stores with personal data, and a clock."""

    engine: Engine
    jobs: JobStore
    history: HistoryStore
    guilds: GuildStore
    members: MemberStore
    styles: StyleStore
    originals: Originals
    folder: Path
    now: float = NOON

    def privacy(self, *, batch: int = 200) -> PrivacyService:
        records, log = PersonalDataStore(self.engine), self._erasure_log()
        return PrivacyService(
            records, self.guilds, self.members, self.originals, log, lambda: self.now, batch=batch
        )

    def retention(self, days: int | None = 90) -> RetentionService:
        records, log = PersonalDataStore(self.engine), self._erasure_log()
        return RetentionService(records, self.originals, log, lambda: self.now, days=days)

    def _erasure_log(self) -> ErasureLog:
        erasures = ErasureList(self.folder / "erasures.jsonl")
        return ErasureLog(PersonalDataStore(self.engine), erasures, lambda: self.now)

    async def count(self, table: Table, **where: Any) -> int:
        same = [table.c[name] == value for name, value in where.items()]
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(table).where(*same)) or 0

    async def insert(self, table: Table, **row: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(table).values(row))


def open_stores(engine: Engine, folder: Path) -> Stores:
    """Open the stores on a database and a folder."""
    return Stores(
        engine=engine,
        jobs=JobStore(engine, folder / "spool"),
        history=HistoryStore(engine, folder / "spool"),
        guilds=GuildStore(engine, lambda: NOON),
        members=MemberStore(engine),
        styles=StyleStore(engine),
        originals=open_originals((folder / "originals").as_uri()),
        folder=folder,
    )


async def add_refused_job(stores: Stores, user: int, *, now: float, created_at: float | None = None) -> None:
    """Add a member's job and let it be refused by the filter."""
    job = await add_job(stores, user, now=now if created_at is None else created_at)
    (claimed,) = await stores.jobs.claim("w", capacity=9, now=now, lease=now + 60)
    assert claimed.id == job.id
    await stores.jobs.mark_failed(claimed, "w", "prompt-blocked", {})
    assert await stores.jobs.finish(claimed, "w", DeliveredMessage(channel_id=2, message_id=9), now=now)


async def add_job(stores: Stores, user: int, *, now: float, quota: Quota | None = None) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a secret"))
    requester = Requester(
        user_id=user, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10
    )
    job = await stores.jobs.add(draft, requester, reply_to(), now=now, deadline=now + 60, quota=quota)
    assert job is not None
    return job


async def fill_every_table(stores: Stores, user: int) -> None:
    """Add rows of a member to every table."""
    await add_finished_job(stores.jobs, user=user, prompt="a fox", pictures=2, now=NOON - 100)
    await stores.members.change(user, lambda chosen: replace(chosen, language="zh-TW", size="4K"))
    await stores.styles.add(StyleOwner(kind="member", id=user), Style(name="ink", text="in ink"), most=9)
    await stores.guilds.change(3, user, lambda settings: replace(settings, daily=user))
    pause = Pause(user_id=user, until=NOON + DAY, by_id=7, reason=f"spam by member {user}")
    await ModerationStore(stores.engine).pause(3, pause, now=NOON)
    await stores.insert(pauses, guild_id=user, user_id=99, until=NOON + DAY, by_id=user)
    await stores.insert(hints, user_id=user, kind="reply", at=NOON)
    target, by = Target(kind="member", id=user), Operator(who="console", origin="127.0.0.1")
    act = Act(by=by, name="ban", target=target, reason=f"spam by member {user}")
    ban = Ban(target=target, at=NOON, until=NOON + DAY, reason=act.reason)
    await BanStore(stores.engine).ban(ban, act)
    await stores.insert(own_limits, kind="member", id=user, pictures=1)


async def keep_original(stores: Stores, *, user: int, now: float) -> Job:
    """Add a finished job with a stored original."""
    job_id = await add_finished_job(stores.jobs, user=user, now=now)
    job = await stores.jobs.get(job_id)
    assert job is not None
    job.pictures[0].path.parent.mkdir(parents=True, exist_ok=True)
    job.pictures[0].path.write_bytes(b"untouched")
    names = await stores.originals.keep(job)
    with stores.engine.begin() as connection:
        connection.execute(jobs.update().where(jobs.c.id == job_id).values(kept=list(names)))
    return replace(job, kept=names)


async def unavailable(names: object) -> None:
    """Fail like an unreachable bucket."""
    raise OperatorError("the bucket is unreachable")
