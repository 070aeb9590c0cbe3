"""Models are chosen by option, in a mention, by member and by server; the card says which one drew."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import menus_of, text_of
from tests.support.in_process.messages import bot_mention, write
from tests.support.in_process.settings_manager import SettingsManager, change_settings
from tests.support.models import write_models

NOT_AVAILABLE = "drawn with Seedream 4.5: Nano Banana 2 isn't available"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_simulation(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[SimulatedGuild]:
    """A running bot with three models."""
    folder = tmp_path_factory.mktemp("simulation")
    async with open_simulation(folder, MODELS_FILE=write_models(folder)) as shared:
        yield shared


def drawn(sim: SimulatedGuild) -> str:
    """Return the model of the newest call."""
    return sim.relay_requests[-1]["model"]


async def mention(sim: SimulatedGuild, text: str) -> str:
    """Mention the bot; return the newest card."""
    await write(sim, sim.alice, f"{bot_mention(sim)} {text}")
    return sim.card


async def prefer(sim: SimulatedGuild, model: str) -> Any:
    shown = await sim.alice.slash(sim.channel, "preferences")
    return await sim.alice.select(shown.response, [model], custom_id="preference:model")


async def test_a_mention_names_a_model_by_its_label(sim: SimulatedGuild) -> None:
    card = await mention(sim, "a fox --model Nano Banana 2 16:9")
    assert drawn(sim) == "nano-banana"
    assert (sim.relay_requests[-1]["prompt"], sim.relay_requests[-1]["aspectRatio"]) == ("a fox", "16:9")
    assert card.splitlines()[1].endswith("· Nano Banana 2")


async def test_a_mention_with_an_unknown_model_lists_them(sim: SimulatedGuild) -> None:
    card = await mention(sim, "a fox --model dalle")
    assert "Choose one of: Seedream 4.5 · Nano Banana 2 · Sketch" in card
    assert not sim.relay_requests


async def test_a_preferred_model_draws_until_another_is_named(sim: SimulatedGuild) -> None:
    changed = await prefer(sim, "nano-banana")
    label, options = menus_of(changed.response.message)["preference:model"]
    assert (label, list(options)) == (
        "Nano Banana 2",
        ["Server default", "Seedream 4.5", "Nano Banana 2", "Sketch"],
    )
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    assert drawn(sim) == "nano-banana"
    await mention(sim, "a fox")
    assert drawn(sim) == "nano-banana"
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", model="sketch")
    assert drawn(sim) == "sketch"
    await prefer(sim, "-")
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    assert drawn(sim) == "seedream"


async def test_a_preferred_model_that_isnt_allowed_is_replaced_with_a_note(sim: SimulatedGuild) -> None:
    await prefer(sim, "nano-banana")
    await change_settings(sim, models=frozenset({"seedream", "sketch"}))
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    assert drawn(sim) == "seedream" and NOT_AVAILABLE in sim.card
    shown = await sim.alice.slash(sim.channel, "preferences")
    assert menus_of(shown.response.message)["preference:model"][0] == "Nano Banana 2"


async def test_an_old_cards_buttons_replace_a_model_that_isnt_allowed_any_more(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", model="nano-banana")
    card = sim.message
    await change_settings(sim, models=frozenset({"seedream", "sketch"}))
    await sim.press(sim.alice, "Again", card)
    assert drawn(sim) == "seedream" and NOT_AVAILABLE in sim.card
    form = await sim.press(sim.alice, "Edit", card)
    await sim.fill(sim.alice, form)
    assert drawn(sim) == "seedream" and NOT_AVAILABLE in sim.card


async def test_again_and_edit_keep_the_cards_model_whatever_its_presser_prefers(sim: SimulatedGuild) -> None:
    await sim.bob.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    card = sim.message
    await prefer(sim, "nano-banana")
    await sim.press(sim.alice, "Again", card)
    assert drawn(sim) == "seedream"
    await sim.fill(sim.alice, await sim.press(sim.alice, "Edit", card))
    assert drawn(sim) == "seedream"


async def test_a_model_that_isnt_allowed_is_refused_by_name(sim: SimulatedGuild) -> None:
    await change_settings(sim, models=frozenset({"seedream"}))
    refused = await sim.alice.slash(sim.channel, "imagine", prompt="a fox", model="nano-banana")
    assert "You can't use Nano Banana 2 here" in text_of(refused.response.message)
    assert not sim.relay_requests


async def test_ratio_and_size_are_mapped_with_every_way_in(sim: SimulatedGuild) -> None:
    says = "drawn in 16:9: the model doesn't draw 21:9"
    await sim.alice.slash(
        sim.channel, "imagine", prompt="a fox", ratio="21:9", size="4K", model="nano-banana"
    )
    assert says in sim.card and "16:9 · 1280×720" in sim.card
    assert says in await mention(sim, "a fox --ar 21:9 --model nano")
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", ratio="21:9", size="1K")
    wide = sim.message
    await write(sim, sim.alice, f"{bot_mention(sim)} in snow --model nano", reply_to=wide)
    assert drawn(sim) == "nano-banana" and says in sim.card
    await prefer(sim, "nano-banana")
    await sim.fill(sim.alice, await sim.press(sim.alice, "Remix", wide), prompt="in snow")
    assert drawn(sim) == "seedream" and "21:9" in sim.card


async def test_a_server_chooses_its_models_and_the_usual_one(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await manager.open("models")
    await manager.pick("models:models", "nano-banana", "sketch")
    await manager.pick("models:model", "sketch")
    settings = await manager.settings()
    assert (settings.models, settings.model) == (frozenset({"nano-banana", "sketch"}), "sketch")
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox")
    assert drawn(sim) == "sketch" and "Sketch" not in sim.card
    await manager.press("settings:records:page:")
    assert "Allowed models: all → Nano Banana 2 · Sketch" in manager.text
    await manager.open("models")
    await manager.pick("models:models", "seedream", "nano-banana", "sketch")
    assert (await manager.settings()).models == frozenset()


async def test_a_model_can_be_for_some_roles(sim: SimulatedGuild, manager: SettingsManager) -> None:
    artists = sim.guild.create_role("Artists")
    await manager.open("models")
    form = await manager.pick("models:model_roles", "nano-banana")
    (label,) = form.modal["components"]
    await manager.user.submit_modal(form, {label["component"]["custom_id"]: [artists]})
    assert (await manager.settings()).model_roles == {"nano-banana": frozenset({artists.id})}
    assert f"Roles that can use a model: Nano Banana 2 <@&{artists.id}>" in manager.text
    refused = await sim.alice.slash(sim.channel, "imagine", prompt="a fox", model="nano-banana")
    assert "Choose one of: Seedream 4.5 · Sketch" in text_of(refused.response.message)
    await sim.moderator.slash(sim.channel, "imagine", prompt="a fox", size="1K", model="nano-banana")
    assert drawn(sim) == "nano-banana"
