"""Members' preferences: at hand, changed one at a time, tolerant of other versions, heard of by all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.guild_settings import Preferences
from bot.store.db.engine import open_engine
from bot.store.db.postgres import listening
from bot.store.db.tables import preferences
from bot.store.members import Members

ALICE, BOB = 1, 2


def put(**values: Any) -> Callable[[Preferences], Preferences]:
    return lambda chosen: replace(chosen, **values)


async def test_who_never_chose_has_no_preferences(engine: AsyncEngine) -> None:
    assert await Members(engine).preferences(ALICE) == Preferences()


async def test_a_choice_is_that_members_alone_and_holds_after_a_restart(engine: AsyncEngine) -> None:
    members = Members(engine)
    await members.change(ALICE, put(ratio="16:9", language="zh-TW"))
    chosen = await members.change(ALICE, put(tell_when_done=True))
    assert chosen == Preferences(ratio="16:9", language="zh-TW", tell_when_done=True)
    for reader in (members, Members(engine)):
        assert await reader.preferences(ALICE) == chosen
        assert await reader.preferences(BOB) == Preferences()


async def test_a_choice_can_be_taken_back(engine: AsyncEngine) -> None:
    members = Members(engine)
    await members.change(ALICE, put(size="4K", style="ink"))
    assert await members.change(ALICE, put(size=None)) == Preferences(style="ink")
    assert await Members(engine).preferences(ALICE) == Preferences(style="ink")


async def test_choices_made_at_once_are_all_kept(engine: AsyncEngine) -> None:
    members = Members(engine)
    await asyncio.gather(
        members.change(ALICE, put(ratio="3:2")),
        members.change(ALICE, put(size="1K")),
        members.change(ALICE, put(style="ink")),
    )
    assert await Members(engine).preferences(ALICE) == Preferences(ratio="3:2", size="1K", style="ink")


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ({"ratio": "5:4", "size": "2K"}, Preferences(size="2K")),
        ({"size": 2, "style": ["ink"], "language": None}, Preferences()),
        ({"tell_when_done": "yes", "from_a_newer_version": 1}, Preferences()),
    ],
)
async def test_what_another_version_wrote_does_no_harm(
    engine: AsyncEngine, kept: dict[str, Any], read: Preferences
) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(preferences).values(user_id=ALICE, settings=kept))
    assert await Members(engine).preferences(ALICE) == read


async def test_what_is_at_hand_asks_no_database(engine: AsyncEngine) -> None:
    members = Members(engine)
    await members.change(ALICE, put(size="4K"))
    await members.preferences(ALICE)
    await engine.dispose()
    async with engine.begin() as connection:
        await connection.execute(preferences.delete())
    assert await members.preferences(ALICE) == Preferences(size="4K")


async def test_another_process_hears_of_a_change(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine:
        here, there, heard = Members(engine), Members(engine), asyncio.Event()

        def hear(user_id: str) -> None:
            there.hear(user_id)
            heard.set()

        async with listening(engine, {"preferences": hear}):
            await heard.wait()
            assert await there.preferences(ALICE) == Preferences()
            heard.clear()
            await here.change(ALICE, put(size="1K"))
            await heard.wait()
            assert await there.preferences(ALICE) == Preferences(size="1K")
