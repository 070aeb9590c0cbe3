"""Deleting a message cancels its waiting request."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio

from bot.gateway.client import create_bot
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.messages import bot_mention


def shown(sim: SimulatedGuild, card: discord.Message) -> str:
    return str(sim.env.backend.get_message(sim.channel.id, card.id).components)


@pytest_asyncio.fixture(loop_scope="module")
async def busy(gated_sim: SimulatedGuild) -> SimulatedGuild:
    """A simulated server where two running requests keep the others waiting."""
    await keep_busy(gated_sim)
    return gated_sim


async def keep_busy(sim: SimulatedGuild) -> None:
    for prompt in ("one", "two", "three", "four"):
        person = sim.moderator if prompt in ("one", "two") else sim.bob
        await person.send(sim.channel, f"{bot_mention(sim)} 1K {prompt}")


def prompts(sim: SimulatedGuild) -> list[str]:
    return sorted(call["prompt"] for call in sim.relay_requests)


DRAWN = sorted(["one", "two", "three", "four"])


async def test_deleting_the_message_cancels_its_waiting_request(busy: SimulatedGuild) -> None:
    asked = await busy.alice.send(busy.channel, f"{bot_mention(busy)} five")
    card = busy.message
    await busy.alice.delete(asked)
    assert "Cancelled" in shown(busy, card)
    await busy.finish_jobs()
    assert prompts(busy) == DRAWN


async def test_deleting_messages_in_bulk_cancels_their_requests(busy: SimulatedGuild) -> None:
    asked = [await busy.alice.send(busy.channel, f"{bot_mention(busy)} {name}") for name in ("five", "six")]
    busy.env.backend.bulk_delete_messages(busy.channel.id, [message.id for message in asked])
    await busy.env.settle()
    await busy.finish_jobs()
    assert prompts(busy) == DRAWN


async def test_another_process_cancels_the_request_of_a_deleted_message(tmp_path: Path) -> None:
    # Calls are open when it restarts, so the simulation can't be shared.
    async with open_simulation(tmp_path, hold_relay=True) as sim:
        await keep_busy(sim)
        asked = await sim.alice.send(sim.channel, f"{bot_mention(sim)} five")
        card = sim.message
        await sim.env.restart_bot(create_bot(sim.app))
        await sim.alice.delete(asked)
        assert "Cancelled" in shown(sim, card)
        await sim.finish_jobs()
        assert "five" not in prompts(sim)


async def test_a_message_deleted_while_its_request_is_accepted_cancels_it(
    busy: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = busy.bot.services.requests.submit

    async def slowly(*arguments: Any) -> Any:
        message = busy.channel.last_message
        busy.env.backend.delete_message(busy.channel.id, message.id)
        await asyncio.sleep(0)
        return await submit(*arguments)

    monkeypatch.setattr(busy.bot.services.requests, "submit", slowly)
    await busy.alice.send(busy.channel, f"{bot_mention(busy)} five")
    await busy.finish_jobs()
    assert prompts(busy) == DRAWN


async def test_purging_a_channel_costs_few_queries(
    sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[int]()

    async def cancel_asked_by(message_ids: set[int]) -> list[Any]:
        asked.append(len(message_ids))
        await asyncio.sleep(0)
        return []

    monkeypatch.setattr(sim.bot.services.requests, "cancel_asked_by", cancel_asked_by)
    messages = [await sim.bob.send(sim.channel, f"word {number}") for number in range(30)]
    for message in messages:
        sim.env.backend.delete_message(sim.channel.id, message.id)
    await sim.env.settle()
    assert sum(asked) == 30 and len(asked) < 5


async def test_a_failed_lookup_does_not_affect_the_next_one(
    busy: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cancel_asked_by, failures = busy.bot.services.requests.cancel_asked_by, [OSError("no database")]

    async def sometimes(message_ids: set[int]) -> Any:
        if failures:
            raise failures.pop()
        return await cancel_asked_by(message_ids)

    monkeypatch.setattr(busy.bot.services.requests, "cancel_asked_by", sometimes)
    for name in ("five", "six"):
        await busy.alice.delete(await busy.alice.send(busy.channel, f"{bot_mention(busy)} 1K {name}"))
    await busy.finish_jobs()
    assert prompts(busy) == sorted([*DRAWN, "five"]) and "no database" in caplog.text


async def test_a_running_request_is_not_cancelled_with_its_message(busy: SimulatedGuild) -> None:
    asked = next(message for message in busy.channel.history() if message.content.endswith("one"))
    await busy.moderator.delete(asked)
    await busy.finish_jobs()
    assert prompts(busy) == DRAWN
