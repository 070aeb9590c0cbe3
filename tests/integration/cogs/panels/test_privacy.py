"""/privacy: overview, export, and deletion after a confirmation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, file_urls, text_of


async def ask(sim: SimulatedGuild, person: Any, prompt: str) -> Any:
    return await person.slash(sim.channel, "imagine", prompt=prompt, size="1K")


async def step(sim: SimulatedGuild, person: Any, shown: Any, label: str) -> Any:
    """Press a button of an ephemeral card."""
    return await person.click(shown.response, custom_id=buttons_of(shown.response.message)[label])


async def erase(sim: SimulatedGuild, person: Any) -> Any:
    shown = await person.slash(sim.channel, "privacy")
    await step(sim, person, shown, "Delete my data")
    assert "can't be undone" in text_of(shown.response.message)
    await step(sim, person, shown, "Delete everything")
    return shown


async def test_the_overview_is_ephemeral_and_counts_the_users_requests(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice, "a fox")
    await ask(sim, sim.bob, "an owl")
    shown = await sim.alice.slash(sim.channel, "privacy")
    assert shown.ephemeral
    card = text_of(shown.response.message)
    assert "1 of your requests" in card and "90 days" in card and "image service" in card
    assert list(buttons_of(shown.response.message)) == ["Export my data", "Delete my data"]


async def test_the_overview_follows_the_operators_retention_settings(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, RETENTION_DAYS="0", KEEP_ORIGINALS="true") as sim:
        shown = await sim.alice.slash(sim.channel, "privacy")
        card = text_of(shown.response.message)
        assert "until you delete it" in card and "original file" in card


async def test_an_export_is_an_ephemeral_file(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice, "a fox")
    await ask(sim, sim.bob, "an owl")
    shown = await sim.alice.slash(sim.channel, "privacy")
    result = await step(sim, sim.alice, shown, "Export my data")
    (sent,) = result.followups
    (url,) = file_urls(sent.message)
    assert sent.ephemeral and url.endswith("/jimeng-data.json")
    found = json.loads(sim.files(sent.message)[0])
    assert [request["prompt"] for request in found["requests"]] == ["a fox"]
    assert found["user_id"] == str(sim.alice.id)


async def test_deletion_asks_for_confirmation_and_can_be_aborted(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice, "a fox")
    shown = await sim.alice.slash(sim.channel, "privacy")
    await step(sim, sim.alice, shown, "Delete my data")
    await step(sim, sim.alice, shown, "Keep my data")
    assert "1 of your requests" in text_of(shown.response.message)


async def test_deletion_removes_only_the_users_own_data(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice, "a fox")
    card = sim.message
    await ask(sim, sim.bob, "an owl")
    shown = await erase(sim, sim.alice)
    assert "1 request" in text_of(shown.response.message)
    history = await sim.alice.slash(sim.channel, "history")
    assert "no results yet" in text_of(history.response.message)
    history = await sim.bob.slash(sim.channel, "history")
    assert "an owl" in text_of(history.response.message)
    result = await sim.press(sim.bob, "Again", card)
    assert "This request's data was deleted" in text_of(result.response.message)


async def test_deletion_cancels_waiting_and_running_requests(gated_sim: SimulatedGuild) -> None:
    for prompt in ("one", "two", "three"):
        await ask(gated_sim, gated_sim.alice, prompt)
    await erase(gated_sim, gated_sim.alice)
    await gated_sim.finish_jobs()
    assert gated_sim.relay_requests == []
    cards = [text_of(message) for message in gated_sim.channel.history()]
    assert len(cards) == 3 and all("Cancelled" in card for card in cards)
    assert list(gated_sim.app.settings.spool.glob("*/*.png")) == []


async def test_the_overview_is_in_the_readers_language(sim: SimulatedGuild) -> None:
    sim.set_locale(sim.alice, "zh-TW")
    shown = await sim.alice.slash(sim.channel, "privacy")
    assert "你的資料" in text_of(shown.response.message)
    assert list(buttons_of(shown.response.message)) == ["匯出我的資料", "刪除我的資料"]


async def test_the_buttons_of_a_refused_request_say_that_its_data_was_deleted(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="blocked-prompt", size="1K")
    card = sim.message
    page = await sim.alice.slash(sim.channel, "privacy")
    for label in ("Delete my data", "Delete everything"):
        await sim.alice.click(page.response, custom_id=buttons_of(page.response.message)[label])
    result = await sim.press(sim.alice, "Edit prompt", card)
    assert "This request's data was deleted" in text_of(result.response.message)
