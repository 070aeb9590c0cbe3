"""What is kept about people: shown to them whole, deleted whole, and swept when its time is over."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asking import reply_to
from drawn import draw
from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorError, RuleBroken
from bot.models import Delivered, Draft, ImageRequest, Job, Quota, Requester, Style, StyleOwner
from bot.pictures.originals import Originals
from bot.policy import GuildSettings
from bot.privacy import Privacy
from bot.store.engine import open_engine
from bot.store.guilds import Guilds
from bot.store.history import History
from bot.store.jobs import JobStore
from bot.store.members import Members
from bot.store.records import Records
from bot.store.styles import Styles
from bot.store.tables import audit, hints, jobs, metadata, pauses, spent

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


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncGenerator[House]:
    async with open_engine(database_url) as engine:
        yield _house(engine, tmp_path)


def _house(engine: AsyncEngine, folder: Path) -> House:
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


async def refuse(house: House, user: int, *, now: float) -> None:
    """Let the filter refuse a member's prompt."""
    job = await _ask(house, user, now=now)
    (claimed,) = await house.jobs.claim("w", capacity=9, now=now, lease=now + 60)
    assert claimed.id == job.id
    await house.jobs.failed(claimed, "w", "prompt-blocked", {})
    assert await house.jobs.finish(claimed, "w", Delivered(channel_id=2, message_id=9), now=now)


async def _ask(house: House, user: int, *, now: float, quota: Quota | None = None) -> Job:
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
    await house.insert(pauses, guild_id=user, user_id=user, until=NOON + DAY, by_id=7)
    await house.insert(pauses, guild_id=user, user_id=99, until=NOON + DAY, by_id=user)
    await house.insert(hints, user_id=user, at=NOON)


async def exported(house: House, user: int) -> dict[str, Any]:
    (file,) = await house.privacy().export(user, 1_000_000)
    assert file.name == "jimeng-data.json"
    return json.loads(file.content)


async def test_an_export_holds_all_that_is_kept_about_a_person_and_nobody_else(house: House) -> None:
    await furnish(house, 1)
    await draw(house.jobs, user=2, prompt="somebody else's", now=NOON)
    found = await exported(house, 1)
    (request,) = found.pop("requests")
    assert found == {
        "format": 1,
        "exported_at": "2026-03-10T12:00:00+00:00",
        "user_id": "1",
        "preferences": {"language": "zh-TW", "size": "4K"},
        "styles": [{"name": "ink", "text": "in ink"}],
        "pauses": [{"server_id": "1", "until": "2026-03-11T12:00:00+00:00"}],
        "reply_hint_at": "2026-03-10T12:00:00+00:00",
        "pictures_of_deleted_requests": [],
        "changes": [
            {
                "server_id": "3",
                "at": "2026-03-10T12:00:00+00:00",
                "what": {"settings": {"daily": [None, 1]}},
            }
        ],
    }
    assert (
        request["prompt"] == "a fox"
        and request["pictures"] == [{"format": "png", "width": 1, "height": 1}] * 2
    )
    assert (request["server_id"], request["channel_id"]) == ("3", "2")
    assert request["asked_at"] == "2026-03-10T11:58:20+00:00"


async def test_an_export_holds_no_key_to_the_persons_messages(house: House) -> None:
    await _ask(house, 1, now=NOON)
    (file,) = await house.privacy().export(1, 1_000_000)
    assert b"token" not in file.content


async def test_a_large_export_is_packed_and_then_parted(house: House) -> None:
    for number in range(4):
        await draw(house.jobs, user=1, prompt=f"fox {number} " + "很" * 500, now=NOON)
    whole = json.loads((await house.privacy().export(1, 1_000_000))[0].content)
    (packed,) = await house.privacy().export(1, 2_000)
    assert packed.name == "jimeng-data-1.json.gz" and len(packed.content) <= 2_000
    assert json.loads(gzip.decompress(packed.content)) == whole
    parts = await house.privacy().export(1, len(packed.content) - 1)
    assert [part.name for part in parts] == ["jimeng-data-1.json.gz", "jimeng-data-2.json.gz"]
    found = [request for part in parts for request in json.loads(gzip.decompress(part.content))["requests"]]
    assert found == whole["requests"]


async def test_deletion_leaves_no_trace_but_what_is_said_to_stay(house: House) -> None:
    await furnish(house, 1)
    await furnish(house, 2)
    before = {table.name: await house.count(table) for table in metadata.sorted_tables}
    assert await house.privacy().forget(1) == 1
    for table in metadata.sorted_tables:
        if "user_id" in table.c and table.name not in ("pauses", "spent"):
            assert await house.count(table, user_id=1) == 0, table.name
            assert await house.count(table, user_id=2) > 0, table.name
    assert await house.styles.of(StyleOwner(kind="member", id=1)) == []
    assert (await house.members.preferences(1)).language is None
    # What was done to others, or for them, stays without a name.
    assert await house.count(audit) == before["audit"] and await house.count(audit, user_id=0) == 1
    assert await house.count(pauses) == before["pauses"] and await house.count(pauses, by_id=1) == 0
    assert await house.count(spent, user_id=1, guild_id=3, pictures=2) == 1


async def test_deletion_works_in_batches(house: House) -> None:
    for _ in range(3):
        await draw(house.jobs, user=1, now=NOON - 5 * DAY)
    assert await house.privacy(batch=2).forget(1) == 3
    assert await house.count(jobs) == 0


async def test_deletion_is_no_way_around_the_quota(house: House) -> None:
    await house.guilds.change(3, 9, lambda settings: replace(settings, daily=2, time_zone="Asia/Taipei"))
    begins = datetime(2026, 3, 9, 16, tzinfo=UTC).timestamp()
    quota = Quota(allowed=2, since=begins, until=begins + DAY)
    await draw(house.jobs, user=1, now=begins - 10)  # yesterday, there
    await draw(house.jobs, user=1, now=NOON - 100, pictures=1)
    await house.privacy().forget(1)
    assert await house.history.used(1, 3, quota, now=NOON) == 1
    await draw(house.jobs, user=1, now=NOON, pictures=1)
    await house.privacy().forget(1)
    assert await house.history.used(1, 3, quota, now=NOON) == 2
    with pytest.raises(RuleBroken, match=r"rule"):
        await _ask(house, 1, now=NOON, quota=quota)
    house.now = begins + DAY
    await house.privacy().sweep()
    assert await house.count(spent) == 0


async def test_deletion_is_no_way_around_a_cool_down(house: House) -> None:
    for _ in range(5):
        await refuse(house, 1, now=NOON - 60)
    await house.privacy().forget(1)
    with pytest.raises(RuleBroken) as broken:
        await _ask(house, 1, now=NOON)
    assert broken.value.rule == "cooling-down"
    assert await house.privacy().kept(1) == 0
    assert (await exported(house, 1))["requests"] == []
    async with house.engine.connect() as connection:
        rows = (await connection.execute(select(jobs.c.prompt, jobs.c.guild_id, jobs.c.message_id))).all()
    assert set(rows) == {("", None, 0)}
    house.now = NOON + 3600
    await house.privacy(None).sweep()
    assert await house.count(jobs) == 0


async def test_what_is_asked_for_during_a_deletion_stays(house: House) -> None:
    await draw(house.jobs, user=1, now=NOON)
    until = await Records(house.engine).newest(1)
    await _ask(house, 1, now=NOON)
    assert (await Records(house.engine).of_member(1, until=until, most=9)).ids == [until]


async def test_kept_originals_go_with_their_request(house: House) -> None:
    job = await _keep(house, user=1, now=NOON)
    assert await house.originals.read(job.kept[0]) == b"untouched"
    await house.privacy().forget(1)
    assert await house.originals.read(job.kept[0]) is None
    assert await house.count(jobs) == 0


async def test_a_deletion_that_stumbles_can_be_asked_for_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await _keep(house, user=1, now=NOON)
    with monkeypatch.context() as away:
        away.setattr(house.originals, "forget", _away)
        with pytest.raises(OperatorError):
            await house.privacy().forget(1)
    assert await house.privacy().forget(1) == 1
    assert await house.originals.read(job.kept[0]) is None


async def test_what_is_older_than_it_may_be_is_swept(house: House) -> None:
    await draw(house.jobs, user=1, now=NOON - 91 * DAY)
    young = await draw(house.jobs, user=1, now=NOON - 89 * DAY)
    kept = await _keep(house, user=2, now=NOON - 95 * DAY)
    await house.guilds.change(3, 9, lambda _: GuildSettings(daily=1))
    house.now = NOON
    assert await house.privacy().sweep() == 2
    assert await house.jobs.get(young) is not None
    assert await house.originals.read(kept.kept[0]) is None
    assert await house.count(audit) == 1
    house.now = NOON + 91 * DAY
    await house.privacy().sweep()
    assert await house.count(audit) == await house.count(jobs) == 0
    assert (await house.guilds.settings(3)).daily == 1


async def test_open_and_starred_requests_are_never_swept(house: House) -> None:
    starred = await draw(house.jobs, user=1, now=NOON - 400 * DAY)
    await house.history.star(starred, 1, starred=True)
    waiting = await _ask(house, 1, now=NOON - 400 * DAY)
    assert await house.privacy().sweep() == 0
    assert await house.jobs.get(starred) and await house.jobs.get(waiting.id)
    await house.history.star(starred, 1, starred=False)
    assert await house.privacy().sweep() == 1


async def test_without_a_retention_nothing_is_swept_but_what_has_no_use(house: House) -> None:
    await draw(house.jobs, user=1, now=NOON - 4000 * DAY)
    await house.insert(pauses, guild_id=1, user_id=1, until=NOON - 1, by_id=7)
    await house.insert(pauses, guild_id=2, user_id=1, until=NOON + 1, by_id=7)
    await house.insert(hints, user_id=1, at=NOON - 3 * DAY)
    assert await house.privacy(None).sweep() == 0
    assert await house.count(jobs) == await house.count(pauses) == 1
    assert await house.count(hints) == 0


async def test_originals_that_are_away_hold_no_sweep_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _keep(house, user=1, now=NOON - 95 * DAY)
    monkeypatch.setattr(house.originals, "forget", _away)
    assert await house.privacy().sweep() == 1


async def test_one_process_sweeps_at_a_time(postgres_url: str, tmp_path: Path) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        first, second = _house(one, tmp_path), _house(two, tmp_path)
        await draw(first.jobs, user=1, now=NOON - 91 * DAY)
        async with Records(one).sweeping() as alone:
            assert alone
            assert await second.privacy().sweep() == 0
        assert await second.privacy().sweep() == 1


async def _keep(house: House, *, user: int, now: float) -> Job:
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


async def _away(names: object) -> None:
    raise OperatorError("the bucket is away")
