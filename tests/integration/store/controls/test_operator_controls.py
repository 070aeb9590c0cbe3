"""Bans, own limits and the pause of everything hold at once in all processes, and each act is audited."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.domain.controls.acts import Act, ActName, Operator, Target
from bot.domain.controls.bans import Ban
from bot.domain.controls.own_limits import UNLIMITED, OwnLimits
from bot.domain.controls.pause import GlobalPause
from bot.domain.errors import RuleBroken
from bot.store.controls.acts import ActStore
from bot.store.controls.bans import BanStore
from bot.store.controls.global_pause import GlobalPauseStore
from bot.store.controls.own_limits import OwnLimitStore
from bot.store.db.engine import open_engine
from bot.store.queue.claims import ClaimRequest
from bot.store.queue.leases.card_leases import CardStore
from bot.store.queue.services.relay_state import RelayState
from tests.support.store.daily_limits import NOW, refusal, store, submit
from tests.support.store.requests import add

OPERATOR = Operator(who="console", origin="127.0.0.1")
MEMBER, SERVER = Target(kind="member", id=1), Target(kind="server", id=3)
POLL = ClaimRequest(worker="w", lease=NOW + 60, capacity=9, worker_capacity=9, worker_load=0, now=NOW + 30)


def act(name: ActName, target: Target | None = None, reason: str = "") -> Act:
    return Act(by=OPERATOR, name=name, target=target, reason=reason)


async def ban(engine: Engine, target: Target, *, until: float | None = None, reason: str = "") -> list[int]:
    return await BanStore(engine).ban(
        Ban(target=target, at=NOW, until=until, reason=reason), act("ban", target, reason)
    )


async def test_a_banned_member_is_refused_everywhere_and_reads_why(engine: Engine) -> None:
    jobs = store(engine)
    await ban(engine, MEMBER, reason="spam")
    for guild in (3, None):
        assert await refusal(jobs, guild=guild) == {"rule": "member-banned", "because": "spam"}
    await submit(jobs, user=2)
    await ban(engine, MEMBER, until=NOW + 60.5)
    assert await refusal(jobs) == {"rule": "member-banned-until", "until": int(NOW) + 61}
    await submit(jobs, now=NOW + 61)


async def test_a_banned_servers_members_can_still_ask_elsewhere(engine: Engine) -> None:
    jobs, bans = store(engine), BanStore(engine)
    mine, theirs = await submit(jobs, guild=3), await submit(jobs, user=2, guild=3)
    await submit(jobs, guild=4)
    assert await ban(engine, SERVER) == [mine.id, theirs.id]
    assert (await refusal(jobs, guild=3))["rule"] == "server-banned"
    for guild in (4, None):
        await submit(jobs, guild=guild)
    assert [each.target for each in await bans.current(now=NOW)] == [SERVER]
    assert await bans.unban(SERVER, act("unban", SERVER), now=NOW)
    assert not await bans.unban(SERVER, act("unban", SERVER), now=NOW)
    assert await bans.find(SERVER, now=NOW) is None
    await submit(jobs, guild=3)


async def test_a_request_is_accepted_before_a_ban_or_refused_after_it(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        jobs = store(one)
        asked = asyncio.gather(*(submit(jobs) for _ in range(20)), return_exceptions=True)
        waiting = await ban(two, MEMBER)
        outcomes = await asyncio.wait_for(asked, 30)
        refused = [outcome for outcome in outcomes if isinstance(outcome, RuleBroken)]
        assert len(waiting) + len(refused) == 20


async def test_own_limits_replace_those_of_the_settings(engine: Engine) -> None:
    jobs, own = store(engine, member=2, server=9), OwnLimitStore(engine)
    await own.set(MEMBER, OwnLimits(pictures=3), act("limits", MEMBER), now=NOW)
    assert (await refusal(jobs, count=4))["allowed"] == 3
    assert (await refusal(jobs, user=2, count=3))["allowed"] == 2
    await own.set(MEMBER, OwnLimits(pictures=UNLIMITED), act("limits", MEMBER), now=NOW)
    await submit(jobs, count=4)
    await own.set(SERVER, OwnLimits(pictures=4), act("limits", SERVER), now=NOW)
    assert (await refusal(jobs))["rule"] == "server-daily"
    await submit(jobs, guild=4)
    assert await own.all() == {MEMBER: OwnLimits(pictures=UNLIMITED), SERVER: OwnLimits(pictures=4)}
    for target in (MEMBER, SERVER):
        await own.set(target, OwnLimits(), act("limits", target), now=NOW)
    assert await own.all() == {} and await own.find(MEMBER) == OwnLimits()
    assert (await refusal(jobs))["rule"] == "member-daily"


async def test_nothing_is_begun_while_everything_is_paused(engine: Engine) -> None:
    jobs, pauses = store(engine), GlobalPauseStore(engine)
    job = await submit(jobs)
    await pauses.pause(GlobalPause(at=NOW, notice="back at noon"), act("pause"))
    assert await jobs.claim("w", capacity=9, now=NOW + 30, lease=NOW + 60) == []
    work = await jobs.poll(POLL)
    assert (work.to_run, work.next_run_at) == ([], None)
    await submit(jobs, user=2)
    await RelayState(engine, capacity=4).record_success(now=NOW)
    assert await jobs.claim("w", capacity=9, now=NOW + 30, lease=NOW + 60) == []
    assert await pauses.current() == GlobalPause(at=NOW, notice="back at noon")
    assert await pauses.resume(act("resume"), now=NOW + 20) == GlobalPause(at=NOW, notice="back at noon")
    assert await pauses.resume(act("resume"), now=NOW + 20) is None
    resumed = await jobs.get(job.id)
    assert resumed is not None and resumed.deadline == job.deadline + 20
    assert len((await jobs.poll(POLL)).to_run) == 2


async def test_cards_are_edited_when_a_pause_begins_changes_or_ends(engine: Engine) -> None:
    jobs, cards, pauses = store(engine), CardStore(engine, Path()), GlobalPauseStore(engine)
    await add(jobs)

    async def moved(at: float) -> list[bool]:
        return [each.paused for each in await cards.lease_moved(now=at, until=at, most=9)]

    assert await moved(10) == [False]
    await pauses.pause(GlobalPause(at=NOW), act("pause"))
    assert (await moved(20), await moved(21)) == ([True], [])
    await pauses.pause(GlobalPause(at=NOW + 1, notice="longer"), act("pause"))
    assert (await moved(23), await moved(24)) == ([True], [])
    assert await pauses.current() == GlobalPause(at=NOW, notice="longer")
    await pauses.resume(act("resume"), now=NOW + 25)
    assert await moved(26) == [False]


async def test_services_that_are_new_are_paused_like_the_others(engine: Engine) -> None:
    state, pauses = RelayState(engine, capacity=4), GlobalPauseStore(engine)
    await pauses.pause(GlobalPause(at=NOW), act("pause"))
    await state.register(["ark"])
    assert all(health.paused for health in (await state.healths()).values())
    await pauses.resume(act("resume"), now=NOW)
    assert not any(health.paused for health in (await state.healths()).values())


async def test_no_other_process_begins_anything_once_the_pause_is_made(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        jobs = store(one)
        for user in range(30):
            await submit(jobs, user=user)
        claims = [
            asyncio.create_task(jobs.claim("w", capacity=99, now=NOW + 30, lease=NOW + 60)) for _ in range(5)
        ]
        await GlobalPauseStore(two).pause(GlobalPause(at=NOW), act("pause"))
        running = sum(len(claimed) for claimed in await asyncio.gather(*claims))
        assert await store(two).claim("v", capacity=99, now=NOW + 30, lease=NOW + 60) == []
        assert running in (0, 30)


async def test_every_act_is_audited_newest_first(engine: Engine) -> None:
    acts = ActStore(engine)
    await ban(engine, MEMBER, reason="spam")
    await BanStore(engine).unban(MEMBER, act("unban", MEMBER), now=NOW + 1)
    await GlobalPauseStore(engine).pause(GlobalPause(at=NOW + 2), act("pause"))
    await acts.record(act("log-level"), now=NOW + 3)
    found = await acts.recent(most=9, before=None, target=None)
    assert [(each.act.name, each.at) for each in found] == [
        ("log-level", NOW + 3),
        ("pause", NOW + 2),
        ("unban", NOW + 1),
        ("ban", NOW),
    ]
    assert (found[3].act.by, found[3].act.reason) == (OPERATOR, "spam")
    assert await acts.recent(most=9, before=None, target=MEMBER) == found[2:]
    assert await acts.recent(most=1, before=found[1].id, target=None) == [found[2]]


def test_a_limit_below_none_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        OwnLimits(pictures=-2)
