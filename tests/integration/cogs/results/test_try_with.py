"""Try with: the same request with another model, on results, outages and some refusals."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import discord
import pytest
import pytest_asyncio
from aiohttp import web

from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, gallery_of, menus_of, text_of
from tests.support.in_process.settings_manager import change_settings
from tests.support.models import write_models

TWO = frozenset({"seedream", "nano-banana"})
TRY = "Try with Nano Banana 2"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_simulation(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[SimulatedGuild]:
    """A running bot with three models."""
    folder = tmp_path_factory.mktemp("simulation")
    async with open_simulation(folder, MODELS_FILE=write_models(folder)) as shared:
        yield shared


async def drawn(sim: SimulatedGuild, prompt: str = "a fox", **options: Any) -> discord.Message:
    await sim.alice.slash(sim.channel, "imagine", prompt=prompt, **{"size": "1K", **options})
    return sim.message


async def test_one_other_model_is_a_button_that_draws_the_same_as_the_pressers_request(
    sim: SimulatedGuild,
) -> None:
    await change_settings(sim, models=TWO)
    card = await drawn(sim, ratio="21:9", size="4K", count=2, model="nano-banana")
    await sim.press(sim.bob, "Try with Seedream 4.5", card)
    asked = sim.relay_requests[-1]
    assert (asked["model"], asked["aspectRatio"], asked["size"]) == ("seedream", "21:9", "2K")
    assert asked["prompt"] == "a fox" and len(gallery_of(sim.message)) == 2
    assert f"<@{sim.bob.id}>" in sim.card
    assert TRY in buttons_of(sim.message)


async def test_several_other_models_are_a_menu(sim: SimulatedGuild) -> None:
    card = await drawn(sim)
    (menu,) = (name for name in menus_of(card) if name.startswith("try:"))
    assert list(menus_of(card)[menu][1]) == ["Nano Banana 2", "Sketch"]
    await sim.bob.select(card, ["sketch"], custom_id=menu)
    assert sim.relay_requests[-1]["model"] == "sketch"
    assert not any(name.startswith("try:") for name in menus_of(await drawn(sim)) if "sketch" in name)


async def test_the_rules_of_a_new_request_apply_to_its_presser(sim: SimulatedGuild) -> None:
    await change_settings(sim, models=TWO, daily=2)
    card = await drawn(sim)
    artists = sim.guild.create_role("Artists")
    await change_settings(sim, model_roles={"nano-banana": frozenset({artists.id})})
    refused = await sim.press(sim.bob, TRY, card)
    assert "You can't use Nano Banana 2 here" in text_of(refused.response.message)
    await change_settings(sim, model_roles={})
    await sim.press(sim.alice, TRY, card)
    # The model counts twice, and one picture is left.
    assert len(sim.relay_requests) == 1


async def test_a_refused_prompt_is_offered_models_that_say_so_and_counts(sim: SimulatedGuild) -> None:
    await change_settings(sim, models=TWO)
    card = await drawn(sim, "blocked-prompt")
    assert list(buttons_of(card)) == ["Edit prompt", TRY]
    await sim.press(sim.alice, TRY, card)
    assert sim.relay_requests[-1]["model"] == "nano-banana"
    assert TRY not in buttons_of(sim.message)
    for _ in range(3):
        await sim.press(sim.alice, TRY, card)
    refused = await sim.press(sim.alice, TRY, card)
    assert "refused too many of your requests" in text_of(refused.followups[-1].message)
    assert len(sim.relay_requests) == 5


async def test_a_severe_refusal_is_never_tried_with_another_model(sim: SimulatedGuild) -> None:
    await change_settings(sim, models=TWO)
    card = await drawn(sim, "blocked-severe")
    assert list(buttons_of(card)) == ["Edit prompt"]


async def test_a_waiting_request_during_an_outage_is_replaced(sim: SimulatedGuild) -> None:
    await change_settings(sim, models=TWO)
    sim.relay.refusal = web.Response(status=429, headers={"Retry-After": "60"})
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    await sim.env.advance_time(6)
    card = sim.message
    assert list(buttons_of(card)) == ["Cancel", TRY]
    sim.relay.refusal = None
    await sim.press(sim.alice, TRY, card)
    await sim.skip_time(70, times=2)
    assert [job["model"] for job in sim.relay_requests if job["model"] == "nano-banana"]
    first = await sim.app.services.queries.job(sim.first_job)
    assert first.state == "cancelled"
    assert gallery_of(sim.message) and "Nano Banana 2" in sim.card
