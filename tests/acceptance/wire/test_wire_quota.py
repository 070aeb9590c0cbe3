"""A quota holds however many press at once, in the real process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store.db.engine import open_engine
from bot.store.guilds import Guilds
from tests.support.wire.discord_world import GENERAL, guild_of
from tests.support.wire.setup import World, open_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER, QUOTA, PRESSES = 501, 6, 50


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[World]:
    """Open a world whose server has a quota."""
    folder: Path = tmp_path_factory.mktemp("quota")
    async with open_engine(f"sqlite+aiosqlite:///{folder / 'data' / 'jimeng.db'}") as engine:
        await Guilds(engine, lambda: 0.0).change(guild_of(GENERAL), 1, lambda old: replace(old, daily=QUOTA))
    async with open_world(folder) as world:
        await world.bot.start()
        yield world
        assert world.discord.complaints == []


async def test_of_fifty_presses_at_once_as_many_are_drawn_as_the_quota_has(world: World) -> None:
    asked = await world.discord.slash(ASKER, "imagine", prompt="a fox", size="1K")
    card = await world.discord.outcome(asked)
    presses = (world.discord.press(ASKER, card, "again") for _ in range(PRESSES))
    pressed = await asyncio.gather(*presses)
    await world.discord.until(
        lambda: sum(bool(each.followups) for each in pressed) == PRESSES - QUOTA + 1, "the refusals", 20
    )
    drawn = [each for each in pressed if not each.followups]
    for each in drawn:
        assert (await world.discord.outcome(each)).pictures
    assert len(world.relay.calls("a fox")) == QUOTA == 1 + len(drawn)
    refused = [each for each in pressed if each.followups]
    assert all(each.followups[0].ephemeral and each.shown.deleted for each in refused)
    assert all(f"0 of {QUOTA}" in each.followups[0].text for each in refused)
