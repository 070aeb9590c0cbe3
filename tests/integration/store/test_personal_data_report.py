"""What is kept about people: shown to them whole, deleted whole, and swept when its time is over."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.errors import OperatorError, RuleBroken
from bot.domain.models import Quota, StyleOwner
from bot.store.db.tables import audit, jobs, metadata, pauses, spent
from bot.store.personal_data import Records
from tests.support.store.audit import deeds
from tests.support.store.history import draw
from tests.support.store.stores import DAY, NOON, House, ask, away, furnish, keep, refuse


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
        "pauses": [{"server_id": "3", "until": "2026-03-11T12:00:00+00:00"}],
        "hints": [{"kind": "reply", "at": "2026-03-10T12:00:00+00:00"}],
        "pictures_of_deleted_requests": [],
        "changes": [
            {
                "server_id": "3",
                "at": "2026-03-10T12:00:00+00:00",
                "what": {"settings": {"daily": [None, 1]}},
            }
        ],
        "moderation": [
            {
                "server_id": "3",
                "at": "2026-03-10T12:00:00+00:00",
                "what": {"pause": {"until": NOON + DAY, "reason": "spam by member 1"}},
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
    await ask(house, 1, now=NOON)
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
    assert await house.count(audit, member_id=1) == 0 and await house.count(audit, member_id=2) == 1
    assert {(member, str(what)) for _, member, what in await deeds(house.engine, 3) if "pause" in what} == {
        (0, str({"pause": {"until": NOON + DAY, "reason": ""}})),
        (2, str({"pause": {"until": NOON + DAY, "reason": "spam by member 2"}})),
    }


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
        await ask(house, 1, now=NOON, quota=quota)
    house.now = begins + DAY
    await house.privacy().sweep()
    assert await house.count(spent) == 0


async def test_deleting_what_was_asked_for_past_a_quota_takes_nothing_from_it(house: House) -> None:
    quota = Quota(allowed=1, since=NOON - DAY, until=NOON + DAY, past="relaxed")
    for _ in range(2):
        await draw(house.jobs, user=1, now=NOON - 100, quota=quota)
    assert await house.history.used(1, 3, quota, now=NOON) == 1
    await house.privacy().forget(1)
    assert await house.history.used(1, 3, quota, now=NOON) == 1


async def test_a_refusal_counts_from_when_it_came_not_from_when_it_was_asked_for(house: House) -> None:
    for _ in range(5):
        await refuse(house, 1, asked=NOON - 3 * 3600, now=NOON - 60)
    await house.privacy().forget(1)
    await house.privacy().sweep()
    with pytest.raises(RuleBroken) as broken:
        await ask(house, 1, now=NOON)
    assert broken.value.rule == "cooling-down"


async def test_deletion_is_no_way_around_a_cool_down(house: House) -> None:
    for _ in range(5):
        await refuse(house, 1, now=NOON - 60)
    await house.privacy().forget(1)
    with pytest.raises(RuleBroken) as broken:
        await ask(house, 1, now=NOON)
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
    await ask(house, 1, now=NOON)
    assert (await Records(house.engine).of_member(1, until=until, most=9)).ids == [until]


async def test_kept_originals_go_with_their_request(house: House) -> None:
    job = await keep(house, user=1, now=NOON)
    assert await house.originals.read(job.kept[0]) == b"untouched"
    await house.privacy().forget(1)
    assert await house.originals.read(job.kept[0]) is None
    assert await house.count(jobs) == 0


async def test_a_deletion_that_stumbles_can_be_asked_for_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await keep(house, user=1, now=NOON)
    with monkeypatch.context() as patched:
        patched.setattr(house.originals, "forget", away)
        with pytest.raises(OperatorError):
            await house.privacy().forget(1)
    assert await house.privacy().forget(1) == 1
    assert await house.originals.read(job.kept[0]) is None
