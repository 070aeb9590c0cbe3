"""The buttons of job cards: who may press them, and what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.domain.models import Job
from bot.domain.requests.cancellation import BY_ASKER
from bot.gateway.client import create_bot
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, file_urls, gallery_of, text_of


async def a_fox(sim: SimulatedGuild) -> Any:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", ratio="3:2")
    return sim.message


async def test_again_repeats_the_request_in_a_new_card(sim: SimulatedGuild) -> None:
    card = await a_fox(sim)
    await sim.press(sim.bob, "Again")
    assert sim.message.id != card.id
    assert sim.relay_requests[0] == sim.relay_requests[1]
    assert f"<@{sim.bob.id}>" in sim.card


async def test_4k_redraws_the_picture_at_4k_in_its_ratio(sim: SimulatedGuild) -> None:
    card = await a_fox(sim)
    await sim.press(sim.alice, "4K")
    asked = {**sim.relay_requests[1], "prompt": "a fox"}
    assert asked == {**sim.relay_requests[0], "size": "4K", "image": file_urls(card)[0]}
    assert "4608×3072" in sim.card
    assert "4K" not in buttons_of(sim.message)


async def test_a_ratio_that_is_drawn_in_no_size_is_redone_in_the_nearest(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="size-refused", ratio="21:9", size="2K")
    assert "doesn't draw 21:9 at 2K" in sim.card and "Try 16:9" in sim.card
    await sim.press(sim.alice, "Redraw in 16:9")
    asked = [(asked["aspectRatio"], asked["size"]) for asked in sim.relay_requests]
    assert asked == [("21:9", "2K"), ("21:9", "4K"), ("16:9", "2K"), ("16:9", "4K")]


async def test_edit_opens_a_prefilled_form_and_submits_the_changed_request(sim: SimulatedGuild) -> None:
    card = await a_fox(sim)
    shown = await sim.press(sim.alice, "Edit")
    fields = {label["label"]: label["component"] for label in shown.modal["components"]}
    assert fields["Prompt"]["value"] == "a fox"
    assert [option["value"] for option in fields["Ratio"]["options"] if option.get("default")] == ["3:2"]
    assert [option["value"] for option in fields["Size"]["options"] if option.get("default")] == ["1K"]
    values = {
        fields["Prompt"]["custom_id"]: "two foxes",
        fields["Ratio"]["custom_id"]: ["1:1"],
        fields["Size"]["custom_id"]: ["1K"],
        fields["Pictures"]["custom_id"]: ["2"],
    }
    await sim.alice.submit_modal(shown, values)
    assert sim.message.id != card.id and len(gallery_of(sim.message)) == 2
    assert sim.relay_requests[1]["prompt"] == "two foxes" and sim.relay_requests[1]["aspectRatio"] == "1:1"


async def test_remix_uses_the_cards_picture_as_reference(sim: SimulatedGuild) -> None:
    card = await a_fox(sim)
    shown = await sim.press(sim.bob, "Remix")
    fields = {label["label"]: label["component"] for label in shown.modal["components"]}
    assert not fields["Prompt"].get("value")
    values = {
        fields["Prompt"]["custom_id"]: "in winter",
        fields["Ratio"]["custom_id"]: ["1:1"],
        fields["Size"]["custom_id"]: ["1K"],
    }
    await sim.bob.submit_modal(shown, values)
    assert sim.relay_requests[1]["image"] == file_urls(card)[0]
    assert gallery_of(sim.message)


@pytest.mark.parametrize(("who", "may"), [("alice", True), ("moderator", True), ("bob", False)])
async def test_more_shows_the_settings_and_offers_delete_to_owner_and_moderator(
    sim: SimulatedGuild, who: str, may: bool
) -> None:
    await a_fox(sim)
    result = await sim.press(getattr(sim, who), "More")
    assert result.ephemeral
    shown = result.response.message
    assert "a fox" in text_of(shown) and "3:2" in text_of(shown) and "1K" in text_of(shown)
    assert ("Delete" in buttons_of(shown)) is may


async def test_delete_removes_the_card(sim: SimulatedGuild) -> None:
    card = await a_fox(sim)
    result = await sim.press(sim.moderator, "More")
    await sim.confirm(sim.moderator, result.response, "Delete")
    gone = f"/channels/{sim.channel.id}/messages/{card.id}"
    assert ("DELETE", gone) in [(request.method, request.path) for request in sim.env.http_requests]
    assert sim.channel.last_message is None


async def test_a_waiting_request_can_be_cancelled_by_its_owner(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        await sim.alice.slash(sim.channel, "imagine", prompt="one", size="1K")
        await sim.alice.slash(sim.channel, "imagine", prompt="two", size="1K")
        await sim.press(sim.alice, "Cancel")
        assert f"**Cancelled** by <@{sim.alice.id}>." in sim.card
        await sim.finish_jobs()
        assert [asked["prompt"] for asked in sim.relay_requests] == ["one"]


async def test_a_running_request_can_be_cancelled_and_its_call_is_dropped(gated_sim: SimulatedGuild) -> None:
    await gated_sim.alice.slash(gated_sim.channel, "imagine", prompt="one", size="1K")
    await gated_sim.press(gated_sim.alice, "Cancel")
    await gated_sim.env.settle()
    await gated_sim.finish_jobs()
    assert "Cancelled" in gated_sim.card
    assert not gated_sim.relay_requests


async def test_only_the_owner_and_moderators_can_cancel_a_request(gated_sim: SimulatedGuild) -> None:
    await gated_sim.alice.slash(gated_sim.channel, "imagine", prompt="one", size="1K")
    card = gated_sim.message
    result = await gated_sim.press(gated_sim.bob, "Cancel", card)
    assert "Only moderators and the person who asked" in text_of(result.response.message) and result.ephemeral
    await gated_sim.confirm(gated_sim.moderator, card, "Cancel", "off topic")
    assert "Removed by a moderator.**\nReason: off topic" in text_of(gated_sim.message)


async def test_cancelling_twice_is_answered_with_too_late(gated_sim: SimulatedGuild) -> None:
    await gated_sim.alice.slash(gated_sim.channel, "imagine", prompt="one", size="1K")
    job = gated_sim.first_job
    await gated_sim.app.services.requests.cancel(job, gated_sim.alice.id, BY_ASKER)
    result = await gated_sim.press(gated_sim.alice, "Cancel")
    (answer,) = result.followups
    assert answer.ephemeral and "Too late" in text_of(answer.message)


async def test_buttons_work_after_a_restart(sim: SimulatedGuild) -> None:
    await a_fox(sim)
    await sim.env.restart_bot(create_bot(sim.app))
    await sim.press(sim.alice, "Again")
    assert len(sim.relay_requests) == 2


async def test_a_button_of_an_unknown_request_is_answered_in_words(
    sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await a_fox(sim)
    known = sim.app.services.queries.job

    async def job(number: int) -> Job:
        return await known(number + 1_000_000)

    # As after the loss of a database: no job has the button's id.
    monkeypatch.setattr(sim.app.services.queries, "job", job)
    result = await sim.press(sim.alice, "Again", card)
    assert result.ephemeral and "This request's data was deleted" in text_of(result.response.message)


async def original_of(sim: SimulatedGuild, *, count: int = 1) -> Any:
    """Request a result's originals; the answer is ephemeral."""
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", count=count)
    more = await sim.press(sim.alice, "More")
    given = await sim.press(sim.alice, "Original", more.response.message)
    assert given.ephemeral
    return given


async def test_original_sends_the_stored_file(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, KEEP_ORIGINALS="true") as sim:
        given = await original_of(sim)
        (name,) = (await sim.app.services.queries.job(sim.first_job)).kept
        assert sim.files(given.response.message) == [await sim.app.originals.read(name)]


async def test_an_original_too_large_to_send_and_without_a_link_is_reported(
    tmp_path: Path,
) -> None:
    async with open_simulation(
        tmp_path, varied_pictures=True, KEEP_ORIGINALS="true", UPLOAD_LIMIT_MB="0.1"
    ) as sim:
        given = await original_of(sim, count=1)
        assert "too large to send here" in text_of(given.response.message)


async def test_links_to_originals_are_complete_at_any_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def signed(name: str) -> str:
        return f"https://bucket.example/{name}?signature={'x' * 1500}"

    async with open_simulation(
        tmp_path, varied_pictures=True, KEEP_ORIGINALS="true", UPLOAD_LIMIT_MB="0.1"
    ) as sim:
        monkeypatch.setattr(sim.app.originals, "link", signed)
        given = await original_of(sim, count=3)
        messages = [given.response.message, *(each.message for each in given.followups)]
        text = "\n".join(map(text_of, messages))
        assert len(messages) == 2 and all(each.flags.ephemeral for each in messages)
        for name in (await sim.app.services.queries.job(sim.first_job)).kept:
            assert await signed(name) in text
