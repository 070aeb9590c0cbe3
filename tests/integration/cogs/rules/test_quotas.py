"""Daily quotas: private refusals, the relaxed policy, and /usage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.models import OverQuotaPolicy
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import text_of


async def allow(sim: SimulatedGuild, daily: int, *, past: OverQuotaPolicy = "refuse") -> None:
    await sim.app.stores.guilds.change(
        sim.guild.id, 1, lambda settings: replace(settings, daily=daily, past_quota=past)
    )


async def ask(sim: SimulatedGuild, person: Any, prompt: str) -> Any:
    return await person.slash(sim.channel, "imagine", prompt=prompt, size="1K")


async def test_a_request_over_the_quota_is_refused_privately_with_its_reset_time(sim: SimulatedGuild) -> None:
    await allow(sim, 1)
    await ask(sim, sim.alice, "one")
    card = sim.message
    result = await ask(sim, sim.alice, "two")
    assert sim.message.id == card.id
    told = text_of(result.followups[-1].message)
    assert "You asked for 1; 0 of today's 1 are left" in told and ":R>" in told
    assert [asked["prompt"] for asked in sim.relay_requests] == ["one"]


async def test_moderators_have_no_quota(sim: SimulatedGuild) -> None:
    await allow(sim, 0)
    await ask(sim, sim.moderator, "one")
    assert [asked["prompt"] for asked in sim.relay_requests] == ["one"]


async def test_requests_by_button_count_towards_the_quota(sim: SimulatedGuild) -> None:
    await allow(sim, 3)
    await ask(sim, sim.alice, "one")
    card = sim.message
    for _ in range(4):
        await sim.press(sim.alice, "Again", card)
    assert len(sim.relay_requests) == 3


async def test_requests_over_a_relaxed_quota_are_drawn_when_nobody_else_waits(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        await allow(sim, 1, past="relaxed")
        for person, prompt in ((sim.alice, "one"), (sim.alice, "two"), (sim.bob, "three")):
            await ask(sim, person, prompt)
            if prompt == "two":
                assert "relaxed queue" in sim.card
        queue = text_of((await sim.alice.slash(sim.channel, "queue")).response.message)
        assert "in the relaxed queue, number 2" in queue
        await sim.finish_jobs()
        assert [asked["prompt"] for asked in sim.relay_requests] == ["one", "three", "two"]


async def test_usage_shows_a_bar_and_the_reset_time(sim: SimulatedGuild) -> None:
    await allow(sim, 4)
    await ask(sim, sim.alice, "one")
    shown = text_of((await sim.alice.slash(sim.channel, "usage")).response.message)
    assert "Used today: 1 of 4\n▰▰▱▱▱▱▱▱▱▱ 25%" in shown and "Resets <t:" in shown
    free = text_of((await sim.moderator.slash(sim.channel, "usage")).response.message)
    assert "no daily limit" in free


async def test_a_limit_that_was_lowered_is_never_exceeded_in_words(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", count=4)
    await allow(sim, 3)
    shown = text_of((await sim.alice.slash(sim.channel, "usage")).response.message)
    assert "Used today: 3 of 3\n▰▰▰▰▰▰▰▰▰▰ 100%" in shown


async def test_repeated_refusals_cool_a_member_down_in_all_servers(sim: SimulatedGuild) -> None:
    for number in range(5):
        await ask(sim, sim.alice, f"blocked-prompt {number}")
    result = await ask(sim, sim.alice, "a fox")
    assert "refused too many of your requests" in text_of(result.followups[-1].message)
    await ask(sim, sim.bob, "a fox")
    assert [asked["prompt"] for asked in sim.relay_requests][-1:] == ["a fox"]
