"""A request's settings and preferences are read once, before or after the acknowledgement."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.domain.models import Requester
from bot.services.request_context import RequestContext
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import text_of
from tests.support.in_process.messages import bot_mention, write


def count_reads(sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record every read of settings and preferences."""
    reads: list[str] = []
    for store, name in ((sim.app.services.guilds, "settings"), (sim.app.services.members, "preferences")):
        read = getattr(store, name)

        async def counted(id_: int | None, read: Any = read, name: str = name) -> Any:
            reads.append(name)
            return await read(id_)

        monkeypatch.setattr(store, name, counted)
    return reads


async def test_settings_and_preferences_are_read_once_per_request(
    sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = count_reads(sim, monkeypatch)
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    # Later ones of preferences are of whether the member wants a notice that the request is done.
    assert reads[:2] == ["settings", "preferences"] and reads.count("settings") == 1
    reads.clear()
    await write(sim, sim.alice, f"{bot_mention(sim)} a fox")
    assert reads[:2] == ["settings", "preferences"] and reads.count("settings") == 1


@contextmanager
def recorded_statements() -> Generator[list[str]]:
    """Record every SQL statement of the process."""
    statements: list[str] = []

    def record(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        statements.append(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", record)


async def test_a_request_reads_its_server_and_its_member_with_one_statement_each(sim: SimulatedGuild) -> None:
    await sim.app.stores.guilds.change(sim.guild.id, 1, lambda old: replace(old, daily=10))
    with recorded_statements() as statements:
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox")
        await sim.finish_jobs()
    tables = [table for each in statements for table in re.findall(r"^SELECT .*? FROM (\w+)", each)]
    assert (tables.count("guilds"), tables.count("preferences")) == (1, 1)


async def test_a_refusal_after_the_acknowledgement_deletes_the_public_card_and_is_private(
    sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sim.app.stores.guilds.change(sim.guild.id, 1, lambda old: replace(old, paused=True))
    resolve, failures = sim.app.services.contexts.resolve, [OSError("the database is away")]

    async def fails_once(requester: Requester) -> RequestContext:
        if failures:
            raise failures.pop()
        return await resolve(requester)

    monkeypatch.setattr(sim.app.services.contexts, "resolve", fails_once)
    result = await sim.alice.slash(sim.channel, "imagine", prompt="a fox")
    assert sim.channel.history() == []
    (followup,) = result.followups
    assert followup.ephemeral and "paused in this server" in text_of(followup.message)
