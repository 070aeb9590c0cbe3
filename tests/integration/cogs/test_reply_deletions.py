"""Requests whose messages are deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from bot.gateway.client import create_bot
from tests.support.in_process.guild import Town
from tests.support.in_process.messages import me


def shown(town: Town, card: discord.Message) -> str:
    return str(town.env.backend.get_message(town.channel.id, card.id).components)


@pytest.fixture
async def busy(gated: Town) -> Town:
    """A town where two requests of somebody else's are being drawn and keep the rest waiting."""
    for prompt in ("one", "two", "three", "four"):
        person = gated.moderator if prompt in ("one", "two") else gated.bob
        await person.send(gated.channel, f"{me(gated)} 1K {prompt}")
    return gated


def prompts(town: Town) -> list[str]:
    return sorted(call["prompt"] for call in town.asked)


DRAWN = sorted(["one", "two", "three", "four"])


async def test_a_deleted_request_that_waits_is_dropped(busy: Town) -> None:
    asked = await busy.alice.send(busy.channel, f"{me(busy)} five")
    card = busy.message
    await busy.alice.delete(asked)
    assert "Cancelled" in shown(busy, card)
    await busy.until_answered()
    assert prompts(busy) == DRAWN


async def test_requests_deleted_in_bulk_are_dropped(busy: Town) -> None:
    asked = [await busy.alice.send(busy.channel, f"{me(busy)} {name}") for name in ("five", "six")]
    busy.env.backend.bulk_delete_messages(busy.channel.id, [message.id for message in asked])
    await busy.env.settle()
    await busy.until_answered()
    assert prompts(busy) == DRAWN


async def test_another_process_drops_a_deleted_request_too(busy: Town) -> None:
    asked = await busy.alice.send(busy.channel, f"{me(busy)} five")
    card = busy.message
    await busy.env.restart_bot(create_bot(busy.app))
    await busy.alice.delete(asked)
    assert "Cancelled" in shown(busy, card)
    await busy.until_answered()
    assert "five" not in prompts(busy)


async def test_a_request_deleted_while_it_is_taken_in_is_dropped(
    busy: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = busy.bot.service.submit

    async def slowly(*arguments: Any) -> Any:
        message = busy.channel.last_message
        busy.env.backend.delete_message(busy.channel.id, message.id)
        await asyncio.sleep(0)
        return await submit(*arguments)

    monkeypatch.setattr(busy.bot.service, "submit", slowly)
    await busy.alice.send(busy.channel, f"{me(busy)} five")
    await busy.until_answered()
    assert prompts(busy) == DRAWN


async def test_a_channel_that_is_swept_costs_few_questions(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[int]()

    async def withdraw(message_ids: set[int]) -> list[Any]:
        asked.append(len(message_ids))
        await asyncio.sleep(0)
        return []

    monkeypatch.setattr(town.bot.service, "withdraw", withdraw)
    messages = [await town.bob.send(town.channel, f"word {number}") for number in range(30)]
    for message in messages:
        town.env.backend.delete_message(town.channel.id, message.id)
    await town.env.settle()
    assert sum(asked) == 30 and len(asked) < 5


async def test_a_question_that_fails_keeps_the_next_from_nothing(
    busy: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    withdraw, failures = busy.bot.service.withdraw, [OSError("no database")]

    async def sometimes(message_ids: set[int]) -> Any:
        if failures:
            raise failures.pop()
        return await withdraw(message_ids)

    monkeypatch.setattr(busy.bot.service, "withdraw", sometimes)
    for name in ("five", "six"):
        await busy.alice.delete(await busy.alice.send(busy.channel, f"{me(busy)} 1K {name}"))
    await busy.until_answered()
    assert prompts(busy) == sorted([*DRAWN, "five"]) and "no database" in caplog.text


async def test_what_is_being_drawn_goes_on(busy: Town) -> None:
    asked = next(message for message in busy.channel.history() if message.content.endswith("one"))
    await busy.moderator.delete(asked)
    await busy.until_answered()
    assert prompts(busy) == DRAWN
