"""Buttons are acknowledged within Discord's three seconds under any load."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from tests.support.wire.setup import ASKER, OTHER, WireEnvironment, draw

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_buttons_respond_while_the_database_is_locked(environment: WireEnvironment) -> None:
    discord, relay = environment.discord, environment.relay
    _, result = await draw(discord, "a patient heron")
    more = await discord.press(ASKER, result, "more")
    gate = relay.hold("to be cancelled")
    running = await discord.slash(ASKER, "imagine", prompt="to be cancelled", size="1K")
    await gate.wait()
    await discord.until(lambda: running.response_message.edits, "the card in line")
    with contextlib.closing(sqlite3.connect(environment.bot.folder / "data" / "jimeng.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        again = await discord.press(OTHER, result, "again")
        for action, message in (("edit", result), ("more", result), ("star", more.response_message)):
            assert (await discord.press(ASKER, message, action)).response
        cancelled = await discord.press(ASKER, running.response_message, "cancel")
        other.rollback()
    assert (await discord.outcome(again)).pictures
    await discord.until(lambda: "Cancelled" in cancelled.response_message.text, "the cancelled card")
    gate.released.set()
