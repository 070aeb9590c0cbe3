"""Members' preferences: cached, changed atomically, tolerant of other versions, invalidated everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert

from bot.domain.guild_settings import Preferences
from bot.store.db.engine import open_engine
from bot.store.db.notifications import listen
from bot.store.db.tables import preferences
from bot.store.members import MemberStore

ALICE, BOB = 1, 2


def put(**values: Any) -> Callable[[Preferences], Preferences]:
    return lambda chosen: replace(chosen, **values)


async def test_a_new_member_has_the_default_preferences(engine: Engine) -> None:
    assert await MemberStore(engine).preferences(ALICE) == Preferences()


async def test_a_change_applies_to_that_member_alone_and_persists(engine: Engine) -> None:
    members = MemberStore(engine)
    await members.change(ALICE, put(ratio="16:9", language="zh-TW"))
    chosen = await members.change(ALICE, put(tell_when_done=True))
    assert chosen == Preferences(ratio="16:9", language="zh-TW", tell_when_done=True)
    for reader in (members, MemberStore(engine)):
        assert await reader.preferences(ALICE) == chosen
        assert await reader.preferences(BOB) == Preferences()


async def test_members_who_come_at_once_are_read_together(engine: Engine) -> None:
    statements, members = list[str](), MemberStore(engine)
    await members.change(ALICE, put(ratio="16:9"))

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    chosen = await asyncio.gather(*map(members.preferences, range(ALICE, 300)))
    assert chosen == [Preferences(ratio="16:9"), *[Preferences()] * 298]
    assert len([each for each in statements if "FROM preferences" in each]) == 1


async def test_a_preference_can_be_unset(engine: Engine) -> None:
    members = MemberStore(engine)
    await members.change(ALICE, put(size="4K", style="ink"))
    assert await members.change(ALICE, put(size=None)) == Preferences(style="ink")
    assert await MemberStore(engine).preferences(ALICE) == Preferences(style="ink")


async def test_concurrent_changes_are_all_stored(engine: Engine) -> None:
    members = MemberStore(engine)
    await asyncio.gather(
        members.change(ALICE, put(ratio="3:2")),
        members.change(ALICE, put(size="1K")),
        members.change(ALICE, put(style="ink")),
    )
    assert await MemberStore(engine).preferences(ALICE) == Preferences(ratio="3:2", size="1K", style="ink")


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"ratio": "5:4", "size": "2K"}, Preferences(size="2K")),
        ({"size": 2, "style": ["ink"], "language": None}, Preferences()),
        ({"tell_when_done": "yes", "from_a_newer_version": 1}, Preferences()),
    ],
)
async def test_values_of_other_versions_are_ignored(
    engine: Engine, stored: dict[str, Any], expected: Preferences
) -> None:
    with engine.begin() as connection:
        connection.execute(insert(preferences).values(user_id=ALICE, settings=stored))
    assert await MemberStore(engine).preferences(ALICE) == expected


async def test_cached_preferences_are_not_read_again(engine: Engine) -> None:
    members = MemberStore(engine)
    await members.change(ALICE, put(size="4K"))
    await members.preferences(ALICE)
    engine.dispose()
    with engine.begin() as connection:
        connection.execute(preferences.delete())
    assert await members.preferences(ALICE) == Preferences(size="4K")


async def test_a_change_in_one_process_invalidates_the_cache_of_others(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine:
        here, there, notified = MemberStore(engine), MemberStore(engine), asyncio.Event()

        def on_change(user_id: str) -> None:
            there.invalidate(user_id)
            notified.set()

        async with listen(engine, {"preferences": on_change}):
            await notified.wait()
            assert await there.preferences(ALICE) == Preferences()
            notified.clear()
            await here.change(ALICE, put(size="1K"))
            await notified.wait()
            assert await there.preferences(ALICE) == Preferences(size="1K")
