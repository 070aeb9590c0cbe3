"""The operator is told once a day, over all processes, that a day's total is nearly or wholly used."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Engine

from bot.domain.daily_limits import DailyLimits
from bot.services.operator.limit_notices import LimitNotice, LimitNoticeService
from bot.store.controls.limit_notices import LimitNoticeStore
from bot.store.personal_data import PersonalDataStore
from bot.ui.delivery.owner_notices import OwnerNotices
from bot.ui.i18n.texts import Texts
from tests.support.store.daily_limits import DAY, NOW, store, submit


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


def service(engine: Engine, clock: Clock, **limits: int) -> LimitNoticeService:
    return LimitNoticeService(LimitNoticeStore(engine), DailyLimits(**limits), clock)


async def test_each_part_is_told_once_a_day_whichever_process_sees_it_first(engine: Engine) -> None:
    jobs, clock = store(engine), Clock()
    one, two = (service(engine, clock, total=5) for _ in range(2))
    await submit(jobs, count=3)
    assert await one.due() == []
    await submit(jobs)
    found = await asyncio.gather(one.due(), two.due())
    near = LimitNotice(unit="pictures", percent=80, used=4, allowed=5)
    assert sorted(found, key=len) == [[], [near]]
    # A request for more than is left is refused: all that can be used is.
    two.refused("total-daily")
    two.refused("member-daily")
    assert [notice.percent for notice in await two.due()] == [100]
    assert (await one.due(), await two.due()) == ([], [])
    clock.now += DAY
    assert await one.due() == []
    await PersonalDataStore(engine).erase_expired(before=None, now=clock.now)
    await submit(jobs, count=4, now=clock.now)
    assert [notice.percent for notice in await one.due()] == [80]


async def test_nothing_is_watched_without_a_total(engine: Engine) -> None:
    assert not service(engine, Clock(), member=5).is_needed
    assert service(engine, Clock(), total_cost=5).is_needed


class Owner:
    def __init__(self) -> None:
        self.texts: list[str] = []

    async def send(self, *, view: Any, **_: Any) -> None:
        self.texts += [item.content for item in view.walk_children() if hasattr(item, "content")]


class Client:
    def __init__(self, owner: Owner) -> None:
        self.owner = owner

    async def fetch_user(self, user_id: int) -> Owner:
        if user_id != 7:
            raise LookupError(user_id)
        return self.owner


class Members:
    async def preferences(self, _: int) -> Any:
        return type("Chosen", (), {"language": None})()


async def test_owners_read_amounts_in_the_models_currency_and_one_who_is_gone_holds_up_nobody() -> None:
    owner = Owner()
    client: Any = Client(owner)
    members: Any = Members()
    notices = OwnerNotices(client, Texts.load(), members, [8, 7], "USD")
    await notices.send(LimitNotice(unit="cost", percent=80, used=4_000_000, allowed=5_000_000))
    await notices.send(LimitNotice(unit="pictures", percent=100, used=5, allowed=5))
    assert owner.texts == [
        "**80% of the bot's daily limit is used:** 4.00 USD of 5.00 USD in all.",
        "**The bot's daily limit is reached:** 5 of 5 in all. Requests are refused until midnight UTC.",
    ]
