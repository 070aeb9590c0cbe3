"""The buttons of every card: who may press what, and what comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.domain.models import Job
from bot.gateway.client import create_bot
from tests.support.in_process.guild import Town, buttons_of, gallery_of, open_town, text_of


async def a_fox(town: Town) -> Any:
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K", ratio="3:2")
    return town.message


async def test_again_draws_the_same_once_more_in_a_new_card(town: Town) -> None:
    card = await a_fox(town)
    await town.press(town.bob, "Again")
    assert town.message.id != card.id
    assert town.asked[0] == town.asked[1]
    assert f"<@{town.bob.id}>" in town.card


async def test_4k_asks_for_the_same_at_4k(town: Town) -> None:
    await a_fox(town)
    await town.press(town.alice, "4K")
    assert town.asked[1] == {**town.asked[0], "size": "4K"}
    assert "4608×3072" in town.card
    assert "4K" not in buttons_of(town.message)


@pytest.mark.parametrize(("size", "other"), [("1K", "2K"), ("2K", "4K"), ("4K", "2K")])
async def test_a_refused_size_is_redone_at_another(town: Town, size: str, other: str) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="size-refused", size=size)
    await town.press(town.alice, f"Redo at {other}")
    assert [asked["size"] for asked in town.asked] == [size, other]


async def test_edit_opens_a_form_with_what_was_asked_and_draws_what_comes_back(town: Town) -> None:
    card = await a_fox(town)
    shown = await town.press(town.alice, "Edit")
    fields = {label["label"]: label["component"] for label in shown.modal["components"]}
    assert fields["Prompt"]["value"] == "a fox"
    assert [option["value"] for option in fields["Ratio"]["options"] if option.get("default")] == ["3:2"]
    assert [option["value"] for option in fields["Size"]["options"] if option.get("default")] == ["1K"]
    values = {
        fields["Prompt"]["custom_id"]: "two foxes",
        fields["Ratio"]["custom_id"]: ["1:1"],
        fields["Size"]["custom_id"]: ["1K"],
    }
    await town.alice.submit_modal(shown, values)
    assert town.message.id != card.id
    assert town.asked[1]["prompt"] == "two foxes" and town.asked[1]["aspectRatio"] == "1:1"


async def test_remix_takes_the_cards_picture_as_reference(town: Town) -> None:
    card = await a_fox(town)
    shown = await town.press(town.bob, "Remix")
    fields = {label["label"]: label["component"] for label in shown.modal["components"]}
    assert not fields["Prompt"].get("value")
    values = {
        fields["Prompt"]["custom_id"]: "in winter",
        fields["Ratio"]["custom_id"]: ["1:1"],
        fields["Size"]["custom_id"]: ["1K"],
    }
    await town.bob.submit_modal(shown, values)
    assert town.asked[1]["image"] == card.attachments[0].url
    assert gallery_of(town.message)


@pytest.mark.parametrize(("who", "may"), [("alice", True), ("moderator", True), ("bob", False)])
async def test_more_shows_the_settings_and_delete_only_to_those_who_may(
    town: Town, who: str, may: bool
) -> None:
    await a_fox(town)
    result = await town.press(getattr(town, who), "More")
    assert result.ephemeral
    shown = result.response.message
    assert "a fox" in text_of(shown) and "3:2" in text_of(shown) and "1K" in text_of(shown)
    assert ("Delete" in buttons_of(shown)) is may


async def test_delete_takes_the_card_away(town: Town) -> None:
    card = await a_fox(town)
    result = await town.press(town.moderator, "More")
    await town.moderator.click(result.response, custom_id="job:delete:1")
    gone = f"/channels/{town.channel.id}/messages/{card.id}"
    assert ("DELETE", gone) in [(request.method, request.path) for request in town.env.http_requests]
    assert town.channel.last_message is None


async def test_a_waiting_request_can_be_cancelled_by_its_asker(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        await town.alice.slash(town.channel, "imagine", prompt="one", size="1K")
        await town.alice.slash(town.channel, "imagine", prompt="two", size="1K")
        await town.press(town.alice, "Cancel")
        assert "Cancelled" in town.card
        await town.until_answered()
        assert [asked["prompt"] for asked in town.asked] == ["one"]


async def test_a_running_request_can_be_cancelled_and_its_call_is_dropped(gated: Town) -> None:
    await gated.alice.slash(gated.channel, "imagine", prompt="one", size="1K")
    await gated.press(gated.alice, "Cancel")
    await gated.env.settle()
    await gated.until_answered()
    assert "Cancelled" in gated.card
    assert not gated.asked


async def test_nobody_cancels_for_another_but_a_moderator(gated: Town) -> None:
    await gated.alice.slash(gated.channel, "imagine", prompt="one", size="1K")
    card = gated.message
    result = await gated.press(gated.bob, "Cancel", card)
    assert "Only the person who asked" in text_of(result.response.message) and result.ephemeral
    await gated.press(gated.moderator, "Cancel", card)
    assert "Cancelled" in text_of(gated.message)


async def test_cancelling_twice_is_answered_politely(gated: Town) -> None:
    await gated.alice.slash(gated.channel, "imagine", prompt="one", size="1K")
    job = 1
    await gated.app.service.cancel(job, gated.alice.id, moderator=False)
    result = await gated.press(gated.alice, "Cancel")
    (answer,) = result.followups
    assert answer.ephemeral and "too late" in text_of(answer.message)


async def test_buttons_work_after_a_restart(town: Town) -> None:
    await a_fox(town)
    await town.env.restart_bot(create_bot(town.app))
    await town.press(town.alice, "Again")
    assert len(town.asked) == 2


async def test_a_button_of_an_unknown_request_is_answered_politely(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await a_fox(town)
    known = town.app.service.job

    async def job(number: int) -> Job:
        return await known(number + 1_000_000)

    # As after a database was lost: the number on the button is nobody's.
    monkeypatch.setattr(town.app.service, "job", job)
    result = await town.press(town.alice, "Again", card)
    assert result.ephemeral and "isn't known any more" in text_of(result.response.message)


async def original_of(town: Town, *, count: int = 1) -> Any:
    """Ask for a result's untouched pictures; what comes is for the asker's eyes."""
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K", count=count)
    more = await town.press(town.alice, "More")
    given = await town.press(town.alice, "Original", more.response.message)
    assert given.ephemeral
    return given


async def test_the_untouched_picture_is_given_where_it_is_kept(tmp_path: Path) -> None:
    async with open_town(tmp_path, KEEP_ORIGINALS="true") as town:
        given = await original_of(town)
        (name,) = (await town.app.service.job(1)).kept
        assert town.files(given.response.message) == [await town.app.originals.read(name)]


async def test_an_original_too_large_to_send_is_told_of_where_only_the_operator_has_it(
    tmp_path: Path,
) -> None:
    async with open_town(tmp_path, KEEP_ORIGINALS="true", UPLOAD_LIMIT_MB="0.1") as town:
        given = await original_of(town, count=4)
        assert "too large to be sent here" in text_of(given.response.message)


async def test_links_to_originals_come_whole_however_long_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def signed(name: str) -> str:
        return f"https://bucket.example/{name}?signature={'x' * 1500}"

    async with open_town(tmp_path, KEEP_ORIGINALS="true", UPLOAD_LIMIT_MB="0.1") as town:
        monkeypatch.setattr(town.app.originals, "link", signed)
        given = await original_of(town, count=4)
        messages = [given.response.message, *(each.message for each in given.followups)]
        text = "\n".join(map(text_of, messages))
        assert len(messages) == 2 and all(each.flags.ephemeral for each in messages)
        for name in (await town.app.service.job(1)).kept:
            assert await signed(name) in text
