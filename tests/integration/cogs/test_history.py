"""/history, /queue and /usage: what people see of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.in_process.guild import Town, buttons_of, everything_in, gallery_of, open_town, text_of


async def draw(town: Town, *prompts: str, person: Any = None) -> None:
    for prompt in prompts:
        await (person or town.alice).slash(town.channel, "imagine", prompt=prompt, size="1K")


async def history(town: Town, person: Any = None, **options: str) -> Any:
    result = await (person or town.alice).slash(town.channel, "history", **options)
    assert result.ephemeral
    return result.response.message


async def test_the_history_shows_ones_own_results_newest_first_with_picture_and_link(town: Town) -> None:
    await draw(town, "a fox", "an owl")
    await draw(town, "a crow", person=town.bob)
    shown = await history(town)
    assert text_of(shown).index("an owl") < text_of(shown).index("a fox")
    assert "a crow" not in text_of(shown)
    assert f"https://discord.com/channels/{town.guild.id}/{town.channel.id}/" in text_of(shown)
    thumbnails = [part for part in everything_in(shown) if type(part).__name__ == "SectionComponent"]
    assert len(thumbnails) == 2


async def test_the_link_to_what_came_by_direct_message_leads_there(gated: Town) -> None:
    await draw(gated, "a fox")
    gated.env.inject_error("PATCH", "/webhooks/*/messages/*", status=401, code=50027)
    gated.env.inject_error("POST", f"/channels/{gated.channel.id}/messages", status=403, code=50001)
    await gated.until_answered()
    direct = gated.alice.user.dm_channel
    there = f"https://discord.com/channels/@me/{direct.id}/{direct.last_message.id}"
    assert there in text_of(await history(gated))


async def test_the_history_is_searched_by_words_of_the_prompt(town: Town) -> None:
    await draw(town, "a red fox", "an owl", "100% fox_y")
    assert "an owl" not in text_of(await history(town, search="FOX"))
    assert "a red fox" not in text_of(await history(town, search="100%"))
    assert "None of your results" in text_of(await history(town, search="%" * 3))


async def test_the_history_turns_its_pages(town: Town) -> None:
    await draw(town, "p1", "p2", "p3", "p4", "p5")
    result = await town.alice.slash(town.channel, "history")
    assert "Your 5 results" in text_of(result.response.message)
    assert "p1" not in text_of(result.response.message)
    older = buttons_of(result.response.message)["Older"]
    await town.alice.click(result.response, custom_id=older)
    assert "p1" in text_of(result.response.message)
    assert "p5" not in text_of(result.response.message)


async def test_someone_without_results_is_told_how_to_begin(town: Town) -> None:
    assert "no results yet" in text_of(await history(town, town.bob))


async def test_a_deleted_result_is_named_and_can_be_drawn_again(town: Town) -> None:
    await draw(town, "a fox")
    result = await town.press(town.alice, "More")
    await town.alice.click(result.response, custom_id="job:delete:1")
    shown = await history(town)
    assert "isn't there any more" in text_of(shown)
    assert list(buttons_of(shown)) == ["Again", "★ only"]


async def test_a_result_can_be_posted_again_by_its_owner_alone(town: Town) -> None:
    await draw(town, "a fox")
    (picture,) = town.files(town.message)
    other = town.guild.create_text_channel("other")
    result = await town.alice.slash(other, "history")
    await town.alice.click(result.response, custom_id="job:post:1")
    posted = other.last_message
    assert town.files(posted) == [picture]
    assert "a fox" in text_of(posted) and gallery_of(posted)
    refused = await town.bob.click(town.message, custom_id="job:again:1")
    assert refused.acknowledged


async def test_the_queue_shows_places_and_cancels(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        await draw(town, "one", "two", "three")
        waiting_card = town.message
        result = await town.alice.slash(town.channel, "queue")
        shown = text_of(result.response.message)
        assert result.ephemeral
        assert "being drawn" in shown and "next in line" in shown and "number 2 in line" in shown
        await town.alice.click(result.response, custom_id="job:cancel:3")
        assert "three" not in text_of(result.response.message)
        fetched = town.env.backend.get_message(town.channel.id, waiting_card.id)
        assert "Cancelled" in str(fetched.components)
        await town.until_answered()
        assert [asked["prompt"] for asked in town.asked] == ["one", "two"]


async def test_a_long_queue_fits_on_its_card_and_says_how_many_more_there_are(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        await draw(town, *(f"fox {number}" for number in range(15)))
        result = await town.alice.slash(town.channel, "queue")
        shown = text_of(result.response.message)
        assert "fox 0\n" in shown and "fox 9\n" in shown and "fox 10" not in shown
        assert "and 5 more" in shown
        await town.until_answered()


async def test_an_empty_queue_says_so(town: Town) -> None:
    result = await town.alice.slash(town.channel, "queue")
    assert "nothing in line" in text_of(result.response.message)


@pytest.mark.parametrize(("count", "says"), [(1, "1 picture in the last 24 hours"), (3, "3 pictures in")])
async def test_usage_counts_pictures(town: Town, count: int, says: str) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K", count=count)
    result = await town.alice.slash(town.channel, "usage")
    assert result.ephemeral and says in text_of(result.response.message)
