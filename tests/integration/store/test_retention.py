"""What is kept is swept when its time is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.guild_settings import GuildSettings
from bot.store.db.engine import open_engine
from bot.store.db.tables import audit, hints, jobs, pauses
from bot.store.personal_data import Records
from tests.support.store.history import draw
from tests.support.store.stores import DAY, NOON, House, ask, away, keep, open_house


async def test_what_is_older_than_it_may_be_is_swept(house: House) -> None:
    await draw(house.jobs, user=1, now=NOON - 91 * DAY)
    young = await draw(house.jobs, user=1, now=NOON - 89 * DAY)
    kept = await keep(house, user=2, now=NOON - 95 * DAY)
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
    waiting = await ask(house, 1, now=NOON - 400 * DAY)
    assert await house.privacy().sweep() == 0
    assert await house.jobs.get(starred) and await house.jobs.get(waiting.id)
    await house.history.star(starred, 1, starred=False)
    assert await house.privacy().sweep() == 1


async def test_without_a_retention_nothing_is_swept_but_what_has_no_use(house: House) -> None:
    await draw(house.jobs, user=1, now=NOON - 4000 * DAY)
    await house.insert(pauses, guild_id=1, user_id=1, until=NOON - 1, by_id=7)
    await house.insert(pauses, guild_id=2, user_id=1, until=NOON + 1, by_id=7)
    await house.insert(hints, user_id=1, kind="reply", at=NOON - 3 * DAY)
    assert await house.privacy(None).sweep() == 0
    assert await house.count(jobs) == await house.count(pauses) == 1
    assert await house.count(hints) == 0


async def test_originals_that_are_away_hold_no_sweep_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(house, user=1, now=NOON - 95 * DAY)
    monkeypatch.setattr(house.originals, "forget", away)
    assert await house.privacy().sweep() == 1


async def test_one_process_sweeps_at_a_time(postgres_url: str, tmp_path: Path) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        first, second = open_house(one, tmp_path), open_house(two, tmp_path)
        await draw(first.jobs, user=1, now=NOON - 91 * DAY)
        async with Records(one).sweeping() as alone:
            assert alone
            assert await second.privacy().sweep() == 0
        assert await second.privacy().sweep() == 1
