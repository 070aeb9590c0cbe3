"""Data is swept when its retention ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.controls.acts import Act, Operator, Target
from bot.domain.guild_settings import GuildSettings
from bot.store.controls.acts import ActStore
from bot.store.db.engine import open_engine
from bot.store.db.tables import audit, hints, jobs, operator_acts, pauses
from bot.store.personal_data import PersonalDataStore
from tests.support.store.history import add_finished_job
from tests.support.store.stores import DAY, NOON, Stores, add_job, keep_original, open_stores, unavailable


async def test_data_past_its_retention_is_swept(stores: Stores) -> None:
    await add_finished_job(stores.jobs, user=1, now=NOON - 91 * DAY)
    young = await add_finished_job(stores.jobs, user=1, now=NOON - 89 * DAY)
    kept = await keep_original(stores, user=2, now=NOON - 95 * DAY)
    await stores.guilds.change(3, 9, lambda _: GuildSettings(daily=1))
    stores.now = NOON
    assert await stores.retention().sweep() == 2
    assert await stores.jobs.get(young) is not None
    assert await stores.originals.read(kept.kept[0]) is None
    assert await stores.count(audit) == 1
    stores.now = NOON + 91 * DAY
    await stores.retention().sweep()
    assert await stores.count(audit) == await stores.count(jobs) == 0
    assert (await stores.guilds.settings(3)).daily == 1


async def test_open_and_starred_requests_are_never_swept(stores: Stores) -> None:
    starred = await add_finished_job(stores.jobs, user=1, now=NOON - 400 * DAY)
    await stores.history.set_star(starred, 1, starred=True)
    waiting = await add_job(stores, 1, now=NOON - 400 * DAY)
    assert await stores.retention().sweep() == 0
    assert await stores.jobs.get(starred) and await stores.jobs.get(waiting.id)
    await stores.history.set_star(starred, 1, starred=False)
    assert await stores.retention().sweep() == 1


async def test_the_operators_acts_are_kept_as_long_as_requests(stores: Stores) -> None:
    by, target = Operator(who="console", origin="127.0.0.1"), Target(kind="member", id=1)
    act = Act(by=by, name="ban", target=target, reason="spam")
    for days in (91, 89):
        await ActStore(stores.engine).record(act, now=NOON - days * DAY)
    await stores.retention(None).sweep()
    assert await stores.count(operator_acts) == 2
    await stores.retention().sweep()
    assert await stores.count(operator_acts) == await stores.count(operator_acts, at=NOON - 89 * DAY) == 1


async def test_without_a_retention_only_expired_rows_are_swept(stores: Stores) -> None:
    await add_finished_job(stores.jobs, user=1, now=NOON - 4000 * DAY)
    await stores.insert(pauses, guild_id=1, user_id=1, until=NOON - 1, by_id=7)
    await stores.insert(pauses, guild_id=2, user_id=1, until=NOON + 1, by_id=7)
    await stores.insert(hints, user_id=1, kind="reply", at=NOON - 32 * DAY)
    assert await stores.retention(None).sweep() == 0
    assert await stores.count(jobs) == await stores.count(pauses) == 1
    assert await stores.count(hints) == 0


async def test_unavailable_originals_do_not_block_the_sweep(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep_original(stores, user=1, now=NOON - 95 * DAY)
    monkeypatch.setattr(stores.originals, "forget", unavailable)
    assert await stores.retention().sweep() == 1


async def test_one_process_sweeps_at_a_time(postgres_url: str, tmp_path: Path) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        first, second = open_stores(one, tmp_path), open_stores(two, tmp_path)
        await add_finished_job(first.jobs, user=1, now=NOON - 91 * DAY)
        async with PersonalDataStore(one).sweep_lock() as locked:
            assert locked
            assert await second.retention().sweep() == 0
        assert await second.retention().sweep() == 1
