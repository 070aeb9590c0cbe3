"""The relay is down, busy or limited: people read so at once, and what they asked for comes by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from bot.store.queue.card_leases import CardStore
from tests.support.in_process.guild import Town, buttons_of, gallery_of, open_town, text_of

DOWN = "the image service is down at the moment"


async def take_down(town: Town) -> None:
    """Let a request of Bob's find out that the relay is down."""
    town.world.refusal = web.Response(status=502)
    await town.bob.slash(town.channel, "imagine", prompt="a canary", size="1K")
    await town.env.advance_time(8)
    assert len(town.asked) == 3


async def test_a_request_while_the_relay_is_down_says_so_at_once_and_is_drawn_when_it_is_back(
    town: Town,
) -> None:
    await take_down(town)
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    card = town.message
    assert DOWN in text_of(card) and list(buttons_of(card)) == ["Cancel"]
    await town.env.advance_time(60)
    assert DOWN in town.card
    assert len(town.asked) <= 7
    town.world.refusal = None
    await town.env.advance_time(60)
    assert town.message.id == card.id and gallery_of(town.message)
    assert not await town.app.service.open_jobs(town.bob.id)


async def test_cards_of_those_who_wait_say_that_the_relay_is_down(tmp_path: Path) -> None:
    async with open_town(tmp_path, RELAY_CONCURRENCY="1") as town:
        town.world.refusal = web.Response(status=502)
        await town.bob.slash(town.channel, "imagine", prompt="a canary", size="1K")
        await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
        assert all(DOWN not in text_of(card) for card in town.channel.history())
        await town.env.advance_time(20)
        assert all(DOWN in text_of(card) for card in town.channel.history())
        town.world.refusal = None
        await town.env.advance_time(60)
        assert all(gallery_of(card) for card in town.channel.history())


async def test_the_queue_says_that_the_relay_is_down(town: Town) -> None:
    await take_down(town)
    result = await town.bob.slash(town.channel, "queue")
    assert DOWN in text_of(result.response.message)


async def test_what_was_asked_for_while_it_is_down_can_be_cancelled(town: Town) -> None:
    await take_down(town)
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    await town.press(town.alice, "Cancel")
    assert "Cancelled" in town.card
    town.world.refusal = None
    await town.env.advance_time(90)
    assert "Cancelled" in town.card
    assert {asked["prompt"] for asked in town.asked} == {"a canary"}


async def test_an_accepted_request_is_no_error_where_its_place_can_not_be_read(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ConnectionError("the database is away")

    await take_down(town)
    monkeypatch.setattr(CardStore, "hold", broken)
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    assert "Waiting" in town.card
    town.world.refusal = None
    await town.env.advance_time(60)
    assert gallery_of(town.message)


async def test_while_the_relay_asks_for_patience_a_new_request_reads_when_it_starts(town: Town) -> None:
    town.world.refusal = web.Response(status=429, headers={"Retry-After": "90"})
    await town.bob.slash(town.channel, "imagine", prompt="a hen", size="1K")
    await town.env.advance_time(6)
    town.world.refusal = None
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    assert "next in line, starts <t:" in town.card and "any moment" not in town.card
    await town.env.advance_time(60)
    assert len(town.asked) == 1
    await town.env.advance_time(60)
    assert gallery_of(town.message) and len(town.asked) == 3


async def test_past_the_minutes_limit_a_request_reads_when_it_starts_and_starts_then(tmp_path: Path) -> None:
    async with open_town(tmp_path, RELAY_CALLS_A_MINUTE="4") as town:
        await town.bob.slash(town.channel, "imagine", prompt="a hen", size="1K", count=4)
        assert gallery_of(town.message)
        await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
        assert "next in line, starts <t:" in town.card
        await town.env.advance_time(55)
        assert len(town.asked) == 4
        await town.env.advance_time(10)
        assert gallery_of(town.message) and len(town.asked) == 5


async def test_news_of_progress_go_on_after_a_surprise(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = 0

    async def flush() -> None:
        nonlocal rounds
        rounds += 1
        raise RuntimeError("a surprise")

    monkeypatch.setattr(town.bot.delivery, "flush", flush)
    for _ in range(3):
        await town.env.advance_time(1.1)
    assert rounds >= 2
