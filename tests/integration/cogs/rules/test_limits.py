"""Limits of the queue and of a member's share of it."""

from __future__ import annotations

from pathlib import Path

from tests.support.in_process.guild import open_simulation
from tests.support.in_process.message_parts import text_of


async def test_a_full_queue_is_refused_privately_and_the_deferred_card_is_deleted(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, QUEUE_SIZE="1", RELAY_CONCURRENCY="1") as sim:
        for person, prompt in ((sim.alice, "one"), (sim.bob, "two")):
            await person.slash(sim.channel, "imagine", prompt=prompt, size="1K")
        last = sim.message
        result = await sim.moderator.slash(sim.channel, "imagine", prompt="three", size="1K")
        (told,) = result.followups
        assert "The queue is full" in text_of(told.message) and told.ephemeral
        assert sim.message.id == last.id
        await sim.finish_jobs()
        assert [asked["prompt"] for asked in sim.relay_requests] == ["one", "two"]


async def test_a_member_with_too_many_waiting_requests_is_told_the_limit(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, MEMBER_RUNNING="1", MEMBER_WAITING="1") as sim:
        for prompt in ("one", "two", "three"):
            result = await sim.alice.slash(sim.channel, "imagine", prompt=prompt, size="1K")
        assert "limit of waiting requests (1)" in text_of(result.followups[0].message)
        await sim.bob.slash(sim.channel, "imagine", prompt="four", size="1K")
        await sim.finish_jobs()
        assert sorted(asked["prompt"] for asked in sim.relay_requests) == ["four", "one", "two"]
