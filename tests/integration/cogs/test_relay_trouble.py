"""The relay is down, busy or rate limited: cards say so, and requests are drawn when it recovers."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from bot.store.queue.leases.card_leases import CardStore
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, gallery_of, text_of

DOWN = "the image service is down"


async def take_down(sim: SimulatedGuild) -> None:
    """Mark the relay as down by a failing request of Bob's."""
    sim.relay.refusal = web.Response(status=502)
    await sim.bob.slash(sim.channel, "imagine", prompt="a canary", size="1K")
    await sim.env.advance_time(8)
    assert len(sim.relay_requests) == 3


async def test_a_request_while_the_relay_is_down_says_so_and_is_drawn_when_it_recovers(
    sim: SimulatedGuild,
) -> None:
    await take_down(sim)
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    card = sim.message
    assert DOWN in text_of(card) and list(buttons_of(card)) == ["Cancel"]
    await sim.env.advance_time(60)
    assert DOWN in sim.card
    assert len(sim.relay_requests) <= 7
    sim.relay.refusal = None
    await sim.skip_time(20, times=3)
    assert sim.message.id == card.id and gallery_of(sim.message)
    assert not await sim.app.services.queue.open_jobs(sim.bob.id)


async def test_waiting_cards_say_that_the_relay_is_down(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, RELAY_CONCURRENCY="1") as sim:
        sim.relay.refusal = web.Response(status=502)
        await sim.bob.slash(sim.channel, "imagine", prompt="a canary", size="1K")
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
        assert all(DOWN not in text_of(card) for card in sim.channel.history())
        await sim.env.advance_time(20)
        assert all(DOWN in text_of(card) for card in sim.channel.history())
        sim.relay.refusal = None
        await sim.skip_time(20, times=3)
        assert all(gallery_of(card) for card in sim.channel.history())


async def test_the_queue_says_that_the_relay_is_down(sim: SimulatedGuild) -> None:
    await take_down(sim)
    result = await sim.bob.slash(sim.channel, "queue")
    assert DOWN in text_of(result.response.message)


async def test_a_request_can_be_cancelled_while_the_relay_is_down(sim: SimulatedGuild) -> None:
    await take_down(sim)
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    await sim.press(sim.alice, "Cancel")
    assert "Cancelled" in sim.card
    sim.relay.refusal = None
    await sim.skip_time(30, times=3)
    assert "Cancelled" in sim.card
    assert {asked["prompt"] for asked in sim.relay_requests} == {"a canary"}


async def test_an_accepted_request_shows_no_error_if_its_place_cannot_be_read(
    sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ConnectionError("the database is away")

    await take_down(sim)
    monkeypatch.setattr(CardStore, "lease", broken)
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    assert "Waiting" in sim.card
    sim.relay.refusal = None
    await sim.skip_time(20, times=3)
    assert gallery_of(sim.message)


async def test_a_new_request_shows_its_start_while_the_relay_is_rate_limited(
    sim: SimulatedGuild,
) -> None:
    sim.relay.refusal = web.Response(status=429, headers={"Retry-After": "90"})
    await sim.bob.slash(sim.channel, "imagine", prompt="a hen", size="1K")
    await sim.env.advance_time(6)
    sim.relay.refusal = None
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    assert "next in line, starts <t:" in sim.card and "any moment" not in sim.card
    await sim.skip_time(20, times=3)
    assert len(sim.relay_requests) == 1
    await sim.skip_time(20, times=3)
    assert gallery_of(sim.message) and len(sim.relay_requests) == 3


async def test_a_request_over_the_rate_limit_shows_its_start_and_starts_then(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, RELAY_CALLS_A_MINUTE="4") as sim:
        await sim.bob.slash(sim.channel, "imagine", prompt="a hen", size="1K", count=4)
        assert gallery_of(sim.message)
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
        assert "next in line, starts <t:" in sim.card
        await sim.skip_time(11, times=5)
        assert len(sim.relay_requests) == 4
        await sim.skip_time(10)
        assert gallery_of(sim.message) and len(sim.relay_requests) == 5


async def test_progress_updates_continue_after_an_unexpected_error(
    sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = 0

    async def flush() -> None:
        nonlocal rounds
        rounds += 1
        raise RuntimeError("a surprise")

    monkeypatch.setattr(sim.bot.delivery, "flush", flush)
    for _ in range(3):
        await sim.env.advance_time(1.1)
    assert rounds >= 2
