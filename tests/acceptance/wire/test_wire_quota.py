"""Quotas hold under concurrent requests, in the real process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store.db.engine import open_engine
from bot.store.guilds import GuildStore
from tests.support.wire.discord_objects import GENERAL, StoredInteraction, guild_of
from tests.support.wire.setup import WireEnvironment, open_environment

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER, QUOTA, PRESSES = 501, 6, 50


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def environment(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[WireEnvironment]:
    """Open an environment whose server has a quota."""
    folder: Path = tmp_path_factory.mktemp("quota")
    async with open_engine(f"sqlite:///{folder / 'data' / 'jimeng.db'}") as engine:
        await GuildStore(engine, lambda: 0.0).change(
            guild_of(GENERAL), 1, lambda old: replace(old, daily=QUOTA)
        )
    async with open_environment(folder) as environment:
        await environment.bot.start()
        yield environment
        assert environment.discord.violations == []


def is_refused(pressed: StoredInteraction) -> bool:
    """Whether the refusal was sent and the public answer, which is deleted after it, is gone."""
    return bool(pressed.followups) and pressed.response_message.deleted


async def test_fifty_concurrent_presses_respect_the_quota(
    environment: WireEnvironment,
) -> None:
    asked = await environment.discord.slash(ASKER, "imagine", prompt="a fox", size="1K")
    card = await environment.discord.outcome(asked)
    presses = (environment.discord.press(ASKER, card, "again") for _ in range(PRESSES))
    pressed = await asyncio.gather(*presses)
    await environment.discord.until(
        lambda: sum(is_refused(each) for each in pressed) == PRESSES - QUOTA + 1, "the refusals", 20
    )
    drawn = [each for each in pressed if not each.followups]
    for each in drawn:
        assert (await environment.discord.outcome(each)).pictures
    assert len(environment.relay.calls("a fox")) == QUOTA == 1 + len(drawn)
    refused = [each for each in pressed if each.followups]
    assert all(each.followups[0].ephemeral for each in refused)
    assert all(f"0 of today's {QUOTA}" in each.followups[0].text for each in refused)
