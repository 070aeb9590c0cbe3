"""The operator's daily limits apply to every way to ask, and are refused privately."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import text_of
from tests.support.in_process.messages import bot_mention, write


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncGenerator[SimulatedGuild]:
    """A server where each member gets two pictures a day."""
    async with open_simulation(tmp_path, MEMBER_DAILY="2", SERVER_DAILY="3", TOTAL_DAILY="9") as sim:
        yield sim


async def ask(sim: SimulatedGuild, person: Any, prompt: str = "a fox") -> Any:
    return await person.slash(sim.channel, "imagine", prompt=prompt, size="1K")


async def test_direct_messages_other_servers_mentions_and_buttons_count_together(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice)
    card = sim.message
    await sim.alice.user.slash("imagine", prompt="between us", size="1K")
    assert len(sim.relay_requests) == 2
    refused = await sim.alice.user.slash("imagine", prompt="one more", size="1K")
    assert "0 of today's 2 in all servers and DMs" in text_of(refused.followups[-1].message)
    elsewhere = sim.env.create_guild("Elsewhere")
    alice = elsewhere.add_member(sim.alice.user)
    await alice.slash(elsewhere.create_text_channel("own"), "imagine", prompt="on my server", size="1K")
    await sim.press(sim.alice, "Again", card)
    await write(sim, sim.alice, f"{bot_mention(sim)} an owl")
    assert len(sim.relay_requests) == 2


async def test_a_refusal_names_the_limit_and_its_reset_for_the_asker_alone(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice)
    await ask(sim, sim.bob)
    await ask(sim, sim.bob)
    card = sim.message
    told = text_of((await ask(sim, sim.moderator)).followups[-1].message)
    assert "0 of this server's 3 for today" in told and ":R>" in told
    assert sim.message.id == card.id


async def test_refused_pictures_are_given_back(sim: SimulatedGuild) -> None:
    for _ in range(3):
        await ask(sim, sim.alice, "blocked-prompt")
    await ask(sim, sim.alice)
    await ask(sim, sim.alice)
    assert [asked["prompt"] for asked in sim.relay_requests][3:] == ["a fox", "a fox"]


async def test_usage_shows_every_limit(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice)
    shown = text_of((await sim.alice.slash(sim.channel, "usage")).response.message)
    assert "Used today in all servers and DMs: 1 of 2. Resets <t:" in shown
    assert "Used today by everyone in this server: 1 of 3." in shown
    assert "Used today by everyone who uses the bot: 1 of 9." in shown
    alone = text_of((await sim.alice.user.slash("usage")).response.message)
    assert "in this server" not in alone and "no daily limit" not in alone


async def test_deleting_ones_data_does_not_reset_a_limit(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice)
    await ask(sim, sim.alice)
    page = (await sim.alice.slash(sim.channel, "privacy")).response
    await sim.alice.click(page, custom_id="privacy:erase")
    await sim.alice.click(page, custom_id="privacy:erase-all")
    assert "0 of today's 2" in text_of((await ask(sim, sim.alice)).followups[-1].message)
