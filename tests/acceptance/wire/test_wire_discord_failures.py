"""Failures of Discord's that must not end the process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from discord.state import ConnectionState

from tests.support.wire.discord_objects import GENERAL, GUILD, snowflake
from tests.support.wire.setup import ASKER, WireEnvironment, draw

MALFORMED: tuple[Any, ...] = (
    *(None, 5, "x", [], [None]),
    *({}, {"id": None}, {"id": "no number"}, {"id": "1", "guild_id": [], "channel_id": {}}),
    {
        "id": "5",
        "guild_id": str(GUILD),
        "channel_id": str(GENERAL),
        "message_id": "7",
        "ids": 5,
        "user_id": {},
    },
)
"""Events that Discord never sends."""

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


async def test_malformed_events_of_every_kind_end_nothing(environment: WireEnvironment) -> None:
    names = {
        name.removeprefix("parse_").upper() for name in dir(ConnectionState) if name.startswith("parse_")
    }
    assert {"GUILD_CREATE", "MESSAGE_DELETE", "CHANNEL_UPDATE", "THREAD_CREATE"} < names
    for event in names - {"READY", "RESUMED"}:
        for data in MALFORMED:
            await environment.discord.gateway.dispatch_malformed(event, data)
    await draw(environment.discord, "after malformed events of every kind")
    assert "Ignoring exception" not in environment.bot.log


@pytest.mark.parametrize("options", [5, ["a fox"], [{"name": "prompt", "type": 3}]])
async def test_a_command_whose_options_cannot_be_read_is_answered(
    environment: WireEnvironment, options: Any
) -> None:
    asked = await environment.discord.slash(ASKER, "queue", wait=False)
    event = {**asked.event, "data": {**asked.event["data"], "name": "imagine", "options": options}}
    broken = replace(asked, event={**event, "id": str(snowflake()), "token": f"{asked.token}-again"})
    environment.discord.interactions[broken.event["token"]] = broken
    await environment.discord.send_event(broken)
    await environment.discord.until(lambda: broken.message, "an answer")
    assert "omething went wrong" in broken.response_message.text
    await draw(environment.discord, f"after the options {options}")
