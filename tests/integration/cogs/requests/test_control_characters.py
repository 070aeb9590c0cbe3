"""Texts that people type are stored without control characters, of which PostgreSQL refuses some."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from tests.support.in_process.guild import open_simulation
from tests.support.in_process.message_parts import text_of
from tests.support.in_process.messages import bot_mention, write
from tests.support.in_process.settings_manager import SettingsManager

ODD = "\0\x1b[31m\x85\x7f"
"""Characters that no text needs, and a bit of one that a terminal would obey."""
REFUSED = re.compile(r"[\0\x1b\x85\x7f]|\\u00(00|1b|85|7f)")
"""These as they are, or as in JSON."""


async def test_no_way_in_stores_control_characters(tmp_path: Path) -> None:
    async with open_simulation(tmp_path) as sim:
        await sim.alice.slash(sim.channel, "imagine", prompt=f"a fox{ODD} in the snow", size="1K")
        await write(sim, sim.alice, f"{bot_mention(sim)} an{ODD} owl")
        found = await sim.alice.slash(sim.channel, "history", search=f"fo{ODD[0]}x")
        assert "a fox" in text_of(found.response.message)
        assert len(await sim.alice.autocomplete(sim.channel, "remix", "url", "fo\0x")) == 1
        form = await sim.moderator.context_menu(sim.channel, "Pause pictures", sim.bob)
        await sim.fill(sim.moderator, form, for_how_long="hour", reason=f"sp{ODD}am")
        manager = SettingsManager(sim)
        await manager.open("records")
        form = await manager.press("settings:records:blocked_words:form")
        (label,) = form.modal["components"]
        await manager.user.submit_modal(form, {label["component"]["custom_id"]: f"wo{ODD}rd"})
        assert (await manager.settings()).blocked_words == ("wo[31mrd",)
    assert [text for text in stored_texts(tmp_path / "jimeng.db") if REFUSED.search(text)] == []


def stored_texts(database: Path) -> Iterator[str]:
    """Yield every text in a database."""
    connection = sqlite3.connect(database)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608  # names from the schema
            yield from (value for value in row if isinstance(value, str))
