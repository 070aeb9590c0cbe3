"""Failures of Discord's that must not end the process."""

from __future__ import annotations

import pytest

from tests.support.wire.discord_objects import GENERAL, GUILD
from tests.support.wire.setup import WireEnvironment, draw

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("status", "logged"), [(503, "could not be registered now"), (400, "Discord refused the commands")]
)
async def test_the_bot_starts_without_registering_its_commands(
    environment: WireEnvironment, status: int, logged: str
) -> None:
    await environment.bot.stop()
    for mark in (environment.bot.folder / "data").glob("commands-*"):
        mark.unlink()
    environment.discord.fail_next("PUT", "/commands", status)
    await environment.bot.start()
    assert logged in environment.bot.log
    await draw(environment.discord, f"a start despite {status}")


async def test_an_event_that_cannot_be_parsed_is_skipped(environment: WireEnvironment) -> None:
    broken = {"guild_id": str(GUILD), "channel_id": str(GENERAL), "id": "no number"}
    await environment.discord.gateway.dispatch("MESSAGE_CREATE", broken)
    await environment.bot.wait_for_log("MESSAGE_CREATE can't be parsed")
    await draw(environment.discord, "after an unreadable event")
