"""/history, /queue and /usage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest

from bot.domain.models import Style, StyleOwner
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import (
    buttons_in,
    buttons_of,
    everything_in,
    file_urls,
    gallery_of,
    text_of,
)
from tests.support.photos import photo

PHOTO = photo(320, 200)


async def draw(sim: SimulatedGuild, *prompts: str, person: Any = None) -> None:
    for prompt in prompts:
        await (person or sim.alice).slash(sim.channel, "imagine", prompt=prompt, size="1K")


async def history(sim: SimulatedGuild, person: Any = None, **options: Any) -> Any:
    result = await (person or sim.alice).slash(sim.channel, "history", **options)
    assert result.ephemeral
    return result.response.message


async def test_the_history_lists_own_results_newest_first_with_picture_and_link(
    sim: SimulatedGuild,
) -> None:
    await draw(sim, "a fox", "an owl")
    await draw(sim, "a crow", person=sim.bob)
    shown = await history(sim)
    assert text_of(shown).index("an owl") < text_of(shown).index("a fox")
    assert "a crow" not in text_of(shown)
    assert f"https://discord.com/channels/{sim.guild.id}/{sim.channel.id}/" in text_of(shown)
    thumbnails = [part for part in everything_in(shown) if isinstance(part, discord.ThumbnailComponent)]
    assert len(thumbnails) == 2


async def test_all_pictures_of_a_request_are_shown_and_one_opens_privately(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", count=3)
    card = sim.message
    result = await sim.alice.slash(sim.channel, "history")
    assert [item.media.url for item in gallery_of(result.response.message)] == file_urls(card)
    asked = await sim.press(sim.alice, "Open", result.response)
    assert asked.ephemeral and "Which picture" in text_of(asked.response.message)
    opened = await sim.press(sim.alice, "2", asked.response)
    shown = opened.response.message
    assert opened.ephemeral and [item.media.url for item in gallery_of(shown)] == file_urls(card)[1:2]
    assert {"Remix", "Edit", "Go there", "Delete"} <= buttons_of(shown).keys()
    (there,) = [button.url for button in buttons_in(shown) if button.label == "Go there"]
    assert there == card.jump_url
    await sim.confirm(sim.alice, opened.response, "Delete")
    assert "Deleted" in text_of(opened.response.message) and sim.channel.last_message is None


async def test_a_single_picture_opens_without_a_question(sim: SimulatedGuild) -> None:
    await draw(sim, "a fox")
    result = await sim.alice.slash(sim.channel, "history")
    opened = await sim.press(sim.alice, "Open", result.response)
    assert opened.ephemeral and file_urls(opened.response.message) == file_urls(sim.message)
    shown = await sim.press(sim.alice, "Edit", opened.response)
    await sim.fill(sim.alice, shown, prompt="an owl")
    assert sim.relay_requests[1]["prompt"] == "an owl"


async def listed(sim: SimulatedGuild, **filters: Any) -> list[str]:
    """Return the prompts on the first page of Alice's history."""
    lines = text_of(await history(sim, **filters)).replace("★ ", "").split("\n")
    return [line for line in lines if line in ("a fox", "a fox in winter", "at night")]


async def test_the_history_is_filtered_by_star_kind_and_style(sim: SimulatedGuild) -> None:
    owner = StyleOwner(kind="member", id=sim.alice.id)
    await sim.app.services.members.add_style(owner, Style(name="Ink wash", text="in ink"))
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", style="Ink wash")
    fox = sim.message
    more = await sim.press(sim.alice, "More", fox)
    await sim.press(sim.alice, "☆ Star", more.response)
    form = await sim.press(sim.alice, "Remix", fox)
    await sim.fill(sim.alice, form, prompt="a fox in winter", style="-")
    await sim.press(sim.alice, "4K", fox)
    photo_file = ("photo.jpg", PHOTO)
    await sim.alice.slash(sim.channel, "remix-file", image=photo_file, prompt="at night", size="1K")
    assert await listed(sim, starred=True) == ["a fox"]
    assert await listed(sim, kind="drawn") == ["a fox"]
    assert await listed(sim, kind="edit") == ["a fox in winter"]
    assert await listed(sim, kind="upscale") == ["a fox"]
    assert await listed(sim, kind="remix") == ["at night"]
    assert await listed(sim, kind="drawn", style="ink wash") == ["a fox"]
    assert await listed(sim, style="-") == ["at night", "a fox in winter"]
    assert "No results match" in text_of(await history(sim, kind="remix", starred=True))


async def test_filters_stay_on_the_next_page(sim: SimulatedGuild) -> None:
    await draw(sim, "p1", "p2", "p3", "p4", "p5")
    await sim.alice.slash(sim.channel, "remix-file", image=("p.jpg", PHOTO), prompt="p6", size="1K")
    result = await sim.alice.slash(sim.channel, "history", kind="drawn", style="-", search="p")
    assert "New pictures · No style" in text_of(result.response.message)
    await sim.press(sim.alice, "Older", result.response)
    assert "p1" in text_of(result.response.message) and "p6" not in text_of(result.response.message)
    await sim.press(sim.alice, "All results", result.response)
    assert "Your 6 results" in text_of(result.response.message)


async def test_a_moderators_reason_is_told_where_the_picture_was(sim: SimulatedGuild) -> None:
    await draw(sim, "a fox")
    more = await sim.press(sim.moderator, "More")
    await sim.confirm(sim.moderator, more.response, "Delete", "off topic")
    assert "removed by a moderator: off topic" in text_of(await history(sim))


async def test_a_result_delivered_by_direct_message_is_linked_there(gated_sim: SimulatedGuild) -> None:
    await draw(gated_sim, "a fox")
    gated_sim.env.inject_error("PATCH", "/webhooks/*/messages/*", status=401, code=50027)
    gated_sim.env.inject_error("POST", f"/channels/{gated_sim.channel.id}/messages", status=403, code=50001)
    await gated_sim.finish_jobs()
    direct = gated_sim.alice.user.dm_channel
    there = f"https://discord.com/channels/@me/{direct.id}/{direct.last_message.id}"
    assert there in text_of(await history(gated_sim))


async def test_the_history_is_searched_by_words_of_the_prompt(sim: SimulatedGuild) -> None:
    await draw(sim, "a red fox", "an owl", "100% fox_y")
    assert "an owl" not in text_of(await history(sim, search="FOX"))
    assert "a red fox" not in text_of(await history(sim, search="100%"))
    assert "None of your results" in text_of(await history(sim, search="%" * 3))


async def test_the_history_has_pages(sim: SimulatedGuild) -> None:
    await draw(sim, "p1", "p2", "p3", "p4", "p5")
    result = await sim.alice.slash(sim.channel, "history")
    assert "Your 5 results" in text_of(result.response.message)
    assert "p1" not in text_of(result.response.message)
    older = buttons_of(result.response.message)["Older"]
    await sim.alice.click(result.response, custom_id=older)
    assert "p1" in text_of(result.response.message)
    assert "p5" not in text_of(result.response.message)


async def test_an_empty_history_explains_how_to_begin(sim: SimulatedGuild) -> None:
    assert "no results yet" in text_of(await history(sim, sim.bob))


async def test_a_deleted_result_is_listed_and_can_be_repeated(sim: SimulatedGuild) -> None:
    await draw(sim, "a fox")
    result = await sim.press(sim.alice, "More")
    await sim.confirm(sim.alice, result.response, "Delete")
    shown = await history(sim)
    assert "picture is gone" in text_of(shown)
    assert list(buttons_of(shown)) == ["Again", "★ only"]


async def test_only_its_owner_can_post_a_result_again(sim: SimulatedGuild) -> None:
    await draw(sim, "a fox")
    (picture,) = sim.files(sim.message)
    other = sim.guild.create_text_channel("other")
    result = await sim.alice.slash(other, "history")
    await sim.alice.click(result.response, custom_id=f"job:post:{sim.first_job}")
    posted = other.last_message
    assert sim.files(posted) == [picture]
    assert "a fox" in text_of(posted) and gallery_of(posted)
    refused = await sim.bob.click(sim.message, custom_id=f"job:again:{sim.first_job}")
    assert refused.acknowledged


async def test_the_queue_shows_positions_and_cancels(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        await draw(sim, "one", "two", "three")
        waiting_card = sim.message
        result = await sim.alice.slash(sim.channel, "queue")
        shown = text_of(result.response.message)
        assert result.ephemeral
        assert "being drawn" in shown and "next in line" in shown and "number 2 in line" in shown
        await sim.alice.click(result.response, custom_id="job:cancel:3")
        assert "three" not in text_of(result.response.message)
        fetched = sim.env.backend.get_message(sim.channel.id, waiting_card.id)
        assert "Cancelled" in str(fetched.components)
        await sim.finish_jobs()
        assert [asked["prompt"] for asked in sim.relay_requests] == ["one", "two"]


async def test_the_queue_shows_no_time_that_could_pass(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        await draw(sim, "one", "two", "three")
        result = await sim.alice.slash(sim.channel, "queue")
        shown = text_of(result.response.message)
        assert "<t:" not in shown and "number 2 in line, starts in about" in shown
        await sim.finish_jobs()
        await sim.alice.click(result.response, custom_id="queue:refresh")
        assert "no open requests" in text_of(result.response.message)


async def test_all_requests_are_cancelled_after_a_question(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        await draw(sim, "one", "two", "three")
        cards = sim.channel.history()
        page = (await sim.alice.slash(sim.channel, "queue")).response
        await sim.alice.click(page, custom_id=buttons_of(page.message)["Cancel all"])
        assert "Cancel all 3 requests?" in text_of(page.message)
        await sim.alice.click(page, custom_id=buttons_of(page.message)["Keep"])
        assert "number 2 in line" in text_of(page.message)
        for _ in range(2):
            await sim.alice.click(page, custom_id=buttons_of(page.message)["Cancel all"])
        assert "no open requests" in text_of(page.message)
        shown = [sim.env.backend.get_message(sim.channel.id, card.id) for card in cards]
        assert len(shown) == 3 and all("**Cancelled** by" in str(card.components) for card in shown)
        await sim.finish_jobs()
        assert not sim.relay_requests


async def test_a_long_queue_is_cut_and_the_rest_counted(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        await draw(sim, *(f"fox {number}" for number in range(15)))
        result = await sim.alice.slash(sim.channel, "queue")
        shown = text_of(result.response.message)
        assert "fox 0\n" in shown and "fox 9\n" in shown and "fox 10" not in shown
        assert "and 5 more" in shown
        await sim.finish_jobs()


async def test_an_empty_queue_is_reported(sim: SimulatedGuild) -> None:
    result = await sim.alice.slash(sim.channel, "queue")
    assert "no open requests" in text_of(result.response.message)


@pytest.mark.parametrize(("count", "says"), [(1, "1 picture in the last 24 hours"), (3, "3 pictures in")])
async def test_usage_counts_pictures(sim: SimulatedGuild, count: int, says: str) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", count=count)
    result = await sim.alice.slash(sim.channel, "usage")
    assert result.ephemeral and says in text_of(result.response.message)
