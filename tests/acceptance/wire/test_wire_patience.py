"""Who presses a button gets an answer within Discord's three seconds, whatever else goes on."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from tests.support.wire.setup import ASKER, OTHER, World, draw

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_buttons_answer_at_once_however_long_the_database_writes(world: World) -> None:
    discord, relay = world.discord, world.relay
    _, result = await draw(discord, "a patient heron")
    more = await discord.press(ASKER, result, "more")
    gate = relay.hold("to be cancelled")
    running = await discord.slash(ASKER, "imagine", prompt="to be cancelled", size="1K")
    await gate.wait()
    await discord.until(lambda: running.shown.edits, "the card in line")
    with contextlib.closing(sqlite3.connect(world.bot.folder / "data" / "jimeng.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        again = await discord.press(OTHER, result, "again")
        for action, message in (("edit", result), ("more", result), ("star", more.shown)):
            assert (await discord.press(ASKER, message, action)).response
        cancelled = await discord.press(ASKER, running.shown, "cancel")
        other.rollback()
    assert (await discord.outcome(again)).pictures
    await discord.until(lambda: "Cancelled" in cancelled.shown.text, "the cancelled card")
    gate.released.set()
