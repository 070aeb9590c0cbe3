"""/compare: one picture by each of two to four models in one card."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import discord
import pytest
import pytest_asyncio

from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, everything_in, gallery_of, text_of
from tests.support.in_process.settings_manager import change_settings
from tests.support.models import write_models

ALL = ("seedream", "nano-banana", "sketch")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_simulation(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[SimulatedGuild]:
    """A running bot with three models."""
    folder = tmp_path_factory.mktemp("simulation")
    async with open_simulation(folder, MODELS_FILE=write_models(folder)) as shared:
        yield shared


async def compared(sim: SimulatedGuild, *models: str, prompt: str = "a fox", **options: Any) -> Any:
    chosen = {f"model{number}": model for number, model in enumerate(models or ALL, 1)}
    return await sim.alice.slash(sim.channel, "compare", prompt=prompt, **chosen, **options)


def layout(message: discord.Message) -> list[str]:
    """Return what a card shows from top to bottom: pictures, and the beginning of each text."""
    shown: list[str] = []
    for part in everything_in(message):
        if isinstance(part, discord.MediaGalleryComponent):
            shown.append("picture")
        elif isinstance(part, discord.TextDisplay):
            shown.append(part.content.splitlines()[0])
    return shown


async def test_each_model_draws_one_picture_with_its_name_under_it(sim: SimulatedGuild) -> None:
    await compared(sim, ratio="16:9", size="1K")
    drawn = [(asked["model"], asked["aspectRatio"], asked["size"]) for asked in sim.relay_requests]
    assert sorted(drawn) == [
        ("nano-banana", "16:9", "1K"), ("seedream", "16:9", "1K"), ("sketch", "1:1", "1K")
    ]  # fmt: skip
    assert layout(sim.message)[:7] == [
        "picture", "1 · Seedream 4.5", "picture", "2 · Nano Banana 2", "picture", "3 · Sketch", "> a fox"
    ]  # fmt: skip
    assert list(buttons_of(sim.message))[:3] == ["1", "2", "3"]
    usage = await sim.app.services.queries.job(sim.first_job)
    assert (usage.draft.count, usage.state) == (3, "done")


async def test_it_counts_as_the_sum_of_its_models(sim: SimulatedGuild) -> None:
    await change_settings(sim, daily=5)
    await compared(sim)
    shown = await sim.alice.slash(sim.channel, "usage")
    assert "4 of 5" in text_of(shown.response.message)
    refused = await compared(sim, "seedream", "nano-banana")
    assert "You asked for 3; 1 of today's 5 is left" in text_of(refused.followups[-1].message)


async def test_a_picture_goes_on_with_its_own_model(sim: SimulatedGuild) -> None:
    await compared(sim, ratio="16:9", size="1K")
    card = sim.message
    alone = await sim.press(sim.alice, "2", card)
    assert "Nano Banana 2" in text_of(alone.response.message)
    await sim.press(sim.alice, "Vary", alone.response)
    assert sim.relay_requests[-1]["model"] == "nano-banana"
    alone = await sim.press(sim.alice, "2", card)
    await sim.fill(sim.alice, await sim.press(sim.alice, "Edit", alone.response), prompt="in snow")
    assert (sim.relay_requests[-1]["model"], sim.relay_requests[-1]["prompt"]) == ("nano-banana", "in snow")
    assert len(gallery_of(sim.message)) == 1


async def test_again_compares_again_with_the_models_that_are_left(sim: SimulatedGuild) -> None:
    await compared(sim)
    card = sim.message
    await sim.press(sim.bob, "Again", card)
    assert len(sim.relay_requests) == 6 and len(gallery_of(sim.message)) == 3
    await change_settings(sim, models=frozenset({"seedream", "sketch"}))
    await sim.press(sim.bob, "Again", card)
    assert sorted(asked["model"] for asked in sim.relay_requests[6:]) == ["seedream", "sketch"]
    assert "Nano Banana 2 isn't available" in sim.card


async def test_the_servers_rules_apply_to_each_model(sim: SimulatedGuild) -> None:
    await change_settings(sim, models=frozenset({"seedream", "sketch"}))
    refused = await compared(sim)
    assert "You can't use Nano Banana 2 here" in text_of(refused.response.message)
    refused = await compared(sim, "sketch", "sketch")
    assert "two different models" in text_of(refused.response.message)
    assert not sim.relay_requests


async def test_a_model_that_refuses_leaves_a_line_and_the_others_are_posted(sim: SimulatedGuild) -> None:
    sim.relay.refuse_model("nano-banana")
    await compared(sim)
    assert layout(sim.message)[:5] == ["picture", "1 · Seedream 4.5", "picture", "2 · Sketch", "> a fox"]
    assert "Nano Banana 2: stopped by the safety filter" in sim.card
    alone = await sim.press(sim.alice, "2", sim.message)
    assert "Sketch" in text_of(alone.response.message)
    # A picture that wasn't drawn doesn't count.
    await change_settings(sim, daily=9)
    shown = await sim.alice.slash(sim.channel, "usage")
    assert "2 of 9" in text_of(shown.response.message)
    assert len(json.dumps(sim.relay_requests)) and len(sim.relay_requests) == 3


async def test_when_every_model_refuses_the_card_says_so_for_each(sim: SimulatedGuild) -> None:
    await compared(sim, "seedream", "sketch", prompt="blocked-prompt")
    assert "refused your prompt" in sim.card
    assert "Seedream 4.5: stopped" in sim.card and "Sketch: stopped" in sim.card
    assert not gallery_of(sim.message)
