"""Personal data: exported and deleted completely."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.controls.acts import Act, Operator, Target
from bot.domain.errors import OperatorError, RuleBroken
from bot.domain.models import Quota, StyleOwner
from bot.domain.requests.cancellation import Cancellation
from bot.services.personal_data.export_files import Export
from bot.store.controls.acts import ActStore
from bot.store.db.tables import audit, bans, jobs, metadata, operator_acts, own_limits, pauses, spent
from bot.store.personal_data import PersonalDataStore
from tests.support.store.audit import audit_entries
from tests.support.store.history import add_finished_job
from tests.support.store.stores import (
    DAY,
    NOON,
    Stores,
    add_job,
    add_refused_job,
    fill_every_table,
    keep_original,
    unavailable,
)


async def exported(stores: Stores, user: int) -> dict[str, Any]:
    (file,) = await export(stores, 1_000_000, user)
    assert file.name == "jimeng-data.json"
    return json.loads(file.content)


async def test_an_export_holds_everything_about_its_user_and_nothing_about_others(stores: Stores) -> None:
    await fill_every_table(stores, 1)
    await add_finished_job(stores.jobs, user=2, prompt="somebody else's", now=NOON)
    found = await exported(stores, 1)
    (request,) = found.pop("requests")
    assert found == {
        "format": 1,
        "exported_at": "2026-03-10T12:00:00+00:00",
        "user_id": "1",
        "preferences": {"language": "zh-TW", "size": "4K"},
        "styles": [{"name": "ink", "text": "in ink"}],
        "pauses": [{"server_id": "3", "until": "2026-03-11T12:00:00+00:00"}],
        "earlier_deletions": [],
        "hints": [{"kind": "reply", "at": "2026-03-10T12:00:00+00:00"}],
        "pictures_of_deleted_requests": [],
        "pictures_per_day": [{"day": "2026-03-10T00:00:00+00:00", "pictures": 1, "cost_millionths": 0}],
        "bans": [
            {
                "at": "2026-03-10T12:00:00+00:00",
                "until": "2026-03-11T12:00:00+00:00",
                "reason": "spam by member 1",
            }
        ],
        "own_limits": [{"pictures": 1, "cost_millionths": None}],
        "operator": [
            {"at": "2026-03-10T12:00:00+00:00", "what": "ban", "reason": "spam by member 1", "details": {}}
        ],
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


async def test_an_export_holds_no_interaction_tokens(stores: Stores) -> None:
    await add_job(stores, 1, now=NOON)
    (file,) = await export(stores, 1_000_000)
    assert b"token" not in file.content


async def test_a_large_export_is_compressed_and_then_split(stores: Stores) -> None:
    for number in range(4):
        await add_finished_job(stores.jobs, user=1, prompt=f"fox {number} " + "很" * 500, now=NOON)
    whole = json.loads((await export(stores, 1_000_000))[0].content)
    (packed,) = await export(stores, 2_500)
    assert packed.name == "jimeng-data-1.json.gz" and len(packed.content) <= 2_500
    assert json.loads(gzip.decompress(packed.content)) == whole
    parts = await export(stores, len(packed.content) - 1)
    assert [part.name for part in parts] == ["jimeng-data-1.json.gz", "jimeng-data-2.json.gz"]
    found = [request for part in parts for request in json.loads(gzip.decompress(part.content))["requests"]]
    assert found == whole["requests"]


async def test_deletion_leaves_only_what_is_documented(stores: Stores) -> None:
    await fill_every_table(stores, 1)
    await fill_every_table(stores, 2)
    before = {table.name: await stores.count(table) for table in metadata.sorted_tables}
    assert await stores.privacy().erase(1) == 1
    for table in metadata.sorted_tables:
        if "user_id" in table.c and table.name not in ("pauses", "spent"):
            assert await stores.count(table, user_id=1) == 0, table.name
            assert await stores.count(table, user_id=2) > 0, table.name
    assert await stores.styles.list_for(StyleOwner(kind="member", id=1)) == []
    assert (await stores.members.preferences(1)).language is None
    # Actions that concern others stay, without the id.
    assert await stores.count(audit) == before["audit"] and await stores.count(audit, user_id=0) == 1
    assert await stores.count(pauses) == before["pauses"] and await stores.count(pauses, by_id=1) == 0
    assert await stores.count(spent, user_id=1, guild_id=3, pictures=2) == 1
    # A ban and own limits stay, without a reason.
    assert await stores.count(bans, id=1, reason="") == 1 and await stores.count(own_limits, id=1) == 1
    assert await stores.count(operator_acts, target_id=0, reason="") == 1
    assert await stores.count(operator_acts, target_id=2, reason="spam by member 2") == 1
    assert await stores.count(audit, member_id=1) == 0 and await stores.count(audit, member_id=2) == 1
    assert {
        (member, str(what)) for _, member, what in await audit_entries(stores.engine, 3) if "pause" in what
    } == {
        (0, str({"pause": {"until": NOON + DAY, "reason": ""}})),
        (2, str({"pause": {"until": NOON + DAY, "reason": "spam by member 2"}})),
    }


async def test_acts_on_a_members_requests_are_exported_and_lose_their_reasons(stores: Stores) -> None:
    by = Operator(who="console", origin="127.0.0.1")
    for user in (1, 2):
        id_ = await add_finished_job(stores.jobs, user=user, now=NOON)
        act = Act(by=by, name="cancel", target=Target(kind="request", id=id_), reason=f"spam by {user}")
        await ActStore(stores.engine).record(act, now=NOON)
    assert [each["reason"] for each in (await exported(stores, 1))["operator"]] == ["spam by 1"]
    await stores.privacy().erase(1)
    assert await stores.count(operator_acts, reason="spam by 1") == 0
    assert await stores.count(operator_acts, reason="") == 1
    assert await stores.count(operator_acts, reason="spam by 2") == 1


async def test_deletion_works_in_batches(stores: Stores) -> None:
    for _ in range(3):
        await add_finished_job(stores.jobs, user=1, now=NOON - 5 * DAY)
    assert await stores.privacy(batch=2).erase(1) == 3
    assert await stores.count(jobs) == 0


async def test_deletion_does_not_reset_the_quota(stores: Stores) -> None:
    await stores.guilds.change(3, 9, lambda settings: replace(settings, daily=2, time_zone="Asia/Taipei"))
    begins = datetime(2026, 3, 9, 16, tzinfo=UTC).timestamp()
    quota = Quota(allowed=2, since=begins, until=begins + DAY)
    await add_finished_job(stores.jobs, user=1, now=begins - 10)  # yesterday in that time zone
    await add_finished_job(stores.jobs, user=1, now=NOON - 100, pictures=1)
    await stores.privacy().erase(1)
    assert await stores.history.quota_used(1, 3, quota, now=NOON) == 1
    await add_finished_job(stores.jobs, user=1, now=NOON, pictures=1)
    await stores.privacy().erase(1)
    assert await stores.history.quota_used(1, 3, quota, now=NOON) == 2
    with pytest.raises(RuleBroken, match=r"rule"):
        await add_job(stores, 1, now=NOON, quota=quota)
    stores.now = begins + DAY
    await stores.retention().sweep()
    assert await stores.count(spent) == 0


async def test_deleting_relaxed_jobs_uses_up_no_quota(stores: Stores) -> None:
    quota = Quota(allowed=1, since=NOON - DAY, until=NOON + DAY, past="relaxed")
    for _ in range(2):
        await add_finished_job(stores.jobs, user=1, now=NOON - 100, quota=quota)
    assert await stores.history.quota_used(1, 3, quota, now=NOON) == 1
    await stores.privacy().erase(1)
    assert await stores.history.quota_used(1, 3, quota, now=NOON) == 1


async def test_a_refusal_counts_from_when_it_happened(stores: Stores) -> None:
    for _ in range(5):
        await add_refused_job(stores, 1, created_at=NOON - 3 * 3600, now=NOON - 60)
    await stores.privacy().erase(1)
    await stores.retention().sweep()
    with pytest.raises(RuleBroken) as broken:
        await add_job(stores, 1, now=NOON)
    assert broken.value.rule == "cooling-down"


async def test_deletion_does_not_end_a_cooldown(stores: Stores) -> None:
    for _ in range(5):
        await add_refused_job(stores, 1, now=NOON - 60)
    await stores.privacy().erase(1)
    with pytest.raises(RuleBroken) as broken:
        await add_job(stores, 1, now=NOON)
    assert broken.value.rule == "cooling-down"
    assert await stores.privacy().count_requests(1) == 0
    assert (await exported(stores, 1))["requests"] == []
    with stores.engine.connect() as connection:
        rows = connection.execute(select(jobs.c.prompt, jobs.c.guild_id, jobs.c.message_id)).all()
    assert set(rows) == {("", None, 0)}
    stores.now = NOON + 3600
    await stores.retention(None).sweep()
    assert await stores.count(jobs) == 0


async def test_jobs_added_during_a_deletion_stay(stores: Stores) -> None:
    await add_finished_job(stores.jobs, user=1, now=NOON)
    until = await PersonalDataStore(stores.engine).newest_id(1)
    await add_job(stores, 1, now=NOON)
    assert (await PersonalDataStore(stores.engine).member_batch(1, until=until, most=9)).ids == [until]


async def test_stored_originals_are_deleted_with_their_job(stores: Stores) -> None:
    job = await keep_original(stores, user=1, now=NOON)
    assert await stores.originals.read(job.kept[0]) == b"untouched"
    await stores.privacy().erase(1)
    assert await stores.originals.read(job.kept[0]) is None
    assert await stores.count(jobs) == 0


async def test_a_failed_deletion_can_be_repeated(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await keep_original(stores, user=1, now=NOON)
    with monkeypatch.context() as patched:
        patched.setattr(stores.originals, "forget", unavailable)
        with pytest.raises(OperatorError):
            await stores.privacy().erase(1)
    assert await stores.privacy().erase(1) == 1
    assert await stores.originals.read(job.kept[0]) is None


async def test_deleting_running_and_cancelled_jobs_does_not_reset_the_quota(stores: Stores) -> None:
    quota = Quota(allowed=3, since=NOON - DAY / 2, until=NOON + DAY / 2)
    for cancelled in (True, False):
        job = await add_job(stores, 1, now=NOON, quota=quota)
        await stores.jobs.claim("w", capacity=9, now=NOON, lease=NOON + 60)
        if cancelled:
            await stores.jobs.cancel(job.id, now=NOON)
    await stores.privacy().erase(1)
    await add_job(stores, 1, now=NOON, quota=quota)
    with pytest.raises(RuleBroken):
        await add_job(stores, 1, now=NOON, quota=quota)


async def export(stores: Stores, limit: int, user: int = 1) -> list[Export]:
    """Return the files of a member's export."""
    return [file async for file in stores.privacy().export(user, limit)]


async def test_an_export_tells_who_cancelled_a_request_and_why(stores: Stores) -> None:
    job = await add_job(stores, 1, now=NOON)
    await add_job(stores, 1, now=NOON)
    await stores.jobs.cancel(job.id, now=NOON, cancellation=Cancellation("moderator", "off topic"))
    removed = [each["removed"] for each in (await exported(stores, 1))["requests"]]
    assert removed == [{"by": "moderator", "reason": "off topic"}, None]
