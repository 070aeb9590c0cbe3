"""What must be so when a storm is over, whatever happened in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from bot.demo.relay.prepared_pictures import comment_in
from bot.store.db.engine import open_engine
from bot.store.history import History
from tests.support.chaos.members import Asked
from tests.support.chaos.run import Storm
from tests.support.wire.discord_answers import TOO_LATE
from tests.support.wire.discord_rules import components_in

Rows = dict[int, Row[*tuple[Any, ...]]]
"""Jobs by the interaction that asked for them."""


async def reckon(storm: Storm, *, requests: int) -> str:
    """Check all of it, once every process has ended; return it in a line."""
    rows = {row.interaction_id: row for row in storm.database.jobs()}
    taken = [asked for asked in storm.crowd.asked if asked.exchange.id in rows]
    _nobody_was_forgotten(storm.crowd.asked, rows, requests)
    for asked in taken:
        _it_was_answered_once(asked, rows[asked.exchange.id])
    _nothing_else_was_said(storm)
    await _usage_adds_up(storm, taken)
    assert [path for process in storm.fleet.processes for path in process.spool] == []
    return _in_a_line(storm, taken)


def _nobody_was_forgotten(asked: list[Asked], rows: Rows, requests: int) -> None:
    answered = {each.prompt for each in asked if each.exchange.id in rows and each.answered}
    assert len(answered) == requests
    # Who asked again was told to, or spoke to a process that ended before it took anything in.
    ignored = [each for each in asked if each.exchange.id not in rows]
    assert [each.prompt for each in ignored if not (each.turned_away or each.given_up)] == []


def _it_was_answered_once(asked: Asked, row: Row[*tuple[Any, ...]]) -> None:
    """Its own message shows what the database says, and showed nothing else since it was answered."""
    message = asked.exchange.shown
    assert asked.answered, asked.prompt
    assert (row.state, row.token, row.worker, row.message_id) == ("done", None, None, message.id)
    assert asked.prompt in message.text
    assert [comment_in(picture.content) for picture in message.pictures] == [asked.prompt] * len(row.pictures)
    assert bool(row.pictures) != bool(row.problem)
    said = [_answer(edit) for edit in message.edits]
    first = next(number for number, answer in enumerate(said) if answer)
    assert set(said[first:]) == {said[first]}, asked.prompt


def _answer(edit: dict[str, Any]) -> str | None:
    """Return whether an edit brought pictures or a reason; None for a card that shows progress."""
    parts = list(components_in(edit.get("components")))
    buttons = [part["custom_id"] for part in parts if part["type"] == 2]
    if not buttons or any("cancel" in each for each in buttons):
        return None
    return "pictures" if any(part["type"] == 12 for part in parts) else "a reason"


def _nothing_else_was_said(storm: Storm) -> None:
    own = {id(each.exchange.message) for each in storm.crowd.asked}
    assert [message.text for message in storm.discord.messages.values() if id(message) not in own] == []
    assert storm.discord.direct == {}
    assert set(storm.discord.complaints) <= {TOO_LATE}  # of those who stood still


async def _usage_adds_up(storm: Storm, taken: list[Asked]) -> None:
    shown = Counter[int]()
    for asked in taken:
        shown[asked.member] += len(asked.exchange.shown.pictures)
    async with open_engine(storm.database.url) as engine:
        history = History(engine, Path())
        for member, pictures in shown.items():
            usage = await history.usage(member, day=0, month=0)
            assert (usage.today, usage.month, usage.waiting, usage.running) == (pictures, pictures, 0, 0)


def _in_a_line(storm: Storm, taken: list[Asked]) -> str:
    pictures = sum(len(asked.exchange.shown.pictures) for asked in taken)
    repeated = sum(max(0, sum(map(bool, map(_answer, asked.exchange.shown.edits))) - 1) for asked in taken)
    again, calls = len(storm.crowd.asked) - len(taken), len(storm.fleet.relay.asked)
    return (
        f"{len(taken)} requests: {pictures} pictures, {len(taken) - pictures} reasons;"
        f" {again} asked again; {calls} calls of the relay;"
        f" {repeated} deliveries repeated on the same message"
    )
