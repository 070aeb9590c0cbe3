"""While the database is away, requests wait for it; pages say that it can't be reached."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest

from bot.ui import outgoing
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import gallery_of, text_of
from tests.support.in_process.messages import bot_mention
from tests.support.in_process.outage import Outage, OutageKind, open_outage

WAITING = "Waiting for the bot's storage"
NOT_ACCEPTED = "Your request wasn't accepted"
AWAY = "The bot's storage can't be reached right now"
KINDS: tuple[OutageKind, ...] = ("refused", "hanging")


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncGenerator[SimulatedGuild]:
    async with open_simulation(tmp_path) as sim:
        yield sim


@pytest.fixture
def outage(sim: SimulatedGuild) -> Generator[Outage]:
    with open_outage(sim) as outage:
        yield outage


@pytest.mark.parametrize("kind", KINDS)
async def test_a_command_waits_on_its_card_and_is_accepted_afterwards(
    sim: SimulatedGuild, outage: Outage, kind: OutageKind
) -> None:
    outage.begin(kind)
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    (message,) = sim.channel.history()
    assert WAITING in text_of(message)
    await sim.skip_time(60, times=5)
    assert WAITING in sim.card
    await outage.end()
    await sim.finish_jobs()
    (answer,) = sim.channel.history()
    assert answer.id == message.id and gallery_of(answer)


async def test_an_answer_that_a_late_notice_covers_is_shown_again(
    sim: SimulatedGuild, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_response, late = outgoing.edit_response, list[Any]()

    async def delayed(interaction: Any, view: Any) -> None:
        late.append((interaction, view))

    monkeypatch.setattr(outgoing, "edit_response", delayed)
    outage.begin("refused")
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    monkeypatch.undo()
    await outage.end()
    await sim.finish_jobs()
    assert gallery_of(sim.message)
    ((interaction, notice),) = late
    await edit_response(interaction, notice)
    assert WAITING in sim.card
    await sim.skip_time(15)
    assert gallery_of(sim.message)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_card_says_when_the_outage_outlasts_it(
    sim: SimulatedGuild, outage: Outage, kind: OutageKind
) -> None:
    outage.begin(kind)
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    await sim.skip_time(14.4 * 60)
    assert NOT_ACCEPTED in sim.card
    await outage.end()
    assert NOT_ACCEPTED in sim.card and sim.relay_requests == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_mention_waits_on_a_card_that_becomes_its_own(
    sim: SimulatedGuild, outage: Outage, kind: OutageKind
) -> None:
    outage.begin(kind)
    await sim.alice.send(sim.channel, f"{bot_mention(sim)} a fox")
    assert WAITING in sim.card
    message = sim.message
    await outage.end()
    await sim.finish_jobs()
    assert sim.message.id == message.id and gallery_of(sim.message)


async def test_a_mention_that_could_not_wait_longer_is_answered_and_its_card_is_gone(
    sim: SimulatedGuild, outage: Outage
) -> None:
    outage.begin("hanging")
    await sim.alice.send(sim.channel, f"{bot_mention(sim)} a fox")
    await sim.skip_time(15 * 60)
    assert NOT_ACCEPTED in sim.card
    assert [text_of(each) for each in sim.channel.history() if WAITING in text_of(each)] == []


async def test_a_button_and_a_form_that_submit_a_request_wait_too(
    sim: SimulatedGuild, outage: Outage
) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    result = sim.message
    form = await sim.press(sim.alice, "Edit", result)
    outage.begin("refused")
    await sim.press(sim.alice, "Again", result)
    await sim.fill(sim.alice, form, prompt="a hare")
    assert [WAITING in text_of(each) for each in sim.channel.history()].count(True) == 2
    await outage.end()
    await sim.finish_jobs()
    assert [bool(gallery_of(each)) for each in sim.channel.history()] == [True] * 3
    assert {asked["prompt"] for asked in sim.relay_requests} == {"a fox", "a hare"}


async def test_pages_say_that_the_storage_is_away(
    sim: SimulatedGuild, outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.begin("refused")
    for command in ("queue", "usage", "history", "styles", "preferences", "privacy", "help"):
        result = await sim.alice.slash(sim.channel, command)
        await sim.skip_time(61)
        assert AWAY in text_of(result.response.message), command
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_buttons_that_must_answer_at_once_say_that_the_storage_is_away(
    sim: SimulatedGuild, outage: Outage, kind: OutageKind
) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    outage.begin(kind)
    for label in ("More", "Edit", "Remix"):
        result: Any = await sim.press(sim.alice, label)
        assert result.ephemeral and AWAY in text_of(result.response.message)
    await outage.end()
