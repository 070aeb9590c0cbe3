"""Questions before anything is paid: which picture a mention means, fewer pictures, the nearest results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, everything_in, file_urls, text_of
from tests.support.in_process.messages import PHOTO, bot_mention, write


async def two_foxes(sim: SimulatedGuild) -> Any:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", count=2)
    return sim.message


async def test_a_reply_without_a_number_asks_which_picture_and_keeps_its_prompt(sim: SimulatedGuild) -> None:
    card = await two_foxes(sim)
    await write(sim, sim.bob, f"{bot_mention(sim)} 1K in winter", reply_to=card)
    question = sim.message
    assert "Which picture" in sim.card and list(buttons_of(question)) == ["1", "2"]
    assert file_urls(question) == file_urls(card) and len(sim.relay_requests) == 2
    refused = await sim.press(sim.alice, "2", question)
    assert refused.ephemeral and "Only the person who asked" in text_of(refused.response.message)
    await sim.press(sim.bob, "2", question)
    await sim.finish_jobs()
    asked = sim.relay_requests[2]
    assert asked["image"] == file_urls(card)[1] and asked["prompt"] == "in winter"
    assert question.id not in [message.id for message in sim.channel.history()]


async def test_a_number_anywhere_in_a_reply_needs_no_question(sim: SimulatedGuild) -> None:
    card = await two_foxes(sim)
    await write(sim, sim.bob, f"{bot_mention(sim)} in winter #1", reply_to=card)
    assert sim.relay_requests[2]["image"] == file_urls(card)[0]


async def test_a_mention_with_several_uploads_asks_too(sim: SimulatedGuild) -> None:
    files = [("one.jpg", PHOTO), ("two.jpg", PHOTO)]
    await write(sim, sim.alice, f"{bot_mention(sim)} in oil", attachments=files)
    assert not sim.relay_requests
    await sim.press(sim.alice, "Use picture 1")
    await sim.finish_jobs()
    assert "one.jpg" in sim.relay_requests[0]["image"]


async def limit(sim: SimulatedGuild, daily: int) -> None:
    await sim.app.stores.guilds.change(sim.guild.id, 1, lambda settings: replace(settings, daily=daily))


async def test_what_is_left_of_a_limit_is_drawn_by_a_button(sim: SimulatedGuild) -> None:
    await limit(sim, 3)
    await two_foxes(sim)
    refused = await sim.alice.slash(sim.channel, "imagine", prompt="an owl", size="1K", count=4)
    (told,) = refused.followups
    assert told.ephemeral
    assert "You asked for 4; 1 of today's 3 is left" in text_of(told.message)
    await sim.press(sim.alice, "Draw 1", told)
    assert [asked["prompt"] for asked in sim.relay_requests] == ["a fox", "a fox", "an owl"]
    again = await sim.press(sim.alice, "Draw 1", told)
    assert "0 of today's 3 are left" in text_of(again.followups[-1].message)
    assert not buttons_of(again.followups[-1].message)


async def test_a_mention_beyond_a_limit_offers_what_is_left(sim: SimulatedGuild) -> None:
    await limit(sim, 1)
    await write(sim, sim.bob, f"{bot_mention(sim)} x3 1K an owl")
    await sim.press(sim.bob, "Draw 1")
    await sim.finish_jobs()
    assert [asked["prompt"] for asked in sim.relay_requests] == ["an owl"]


async def test_a_chosen_picture_is_kept_when_fewer_are_drawn(sim: SimulatedGuild) -> None:
    card = await two_foxes(sim)
    await limit(sim, 1)
    await write(sim, sim.bob, f"{bot_mention(sim)} x2 1K in winter", reply_to=card)
    await sim.press(sim.bob, "2")
    assert "1 of today's 1" in sim.card
    await sim.press(sim.bob, "Draw 1")
    await sim.finish_jobs()
    assert [asked.get("image") for asked in sim.relay_requests[2:]] == [file_urls(card)[1]]


async def test_a_reply_without_a_prompt_is_not_asked_which_picture(sim: SimulatedGuild) -> None:
    card = await two_foxes(sim)
    await write(sim, sim.bob, bot_mention(sim), reply_to=card)
    assert "Describe what the picture should show" in sim.card


async def test_words_in_place_of_a_link_are_answered_with_the_nearest_results(sim: SimulatedGuild) -> None:
    hidden = sim.guild.create_text_channel("hidden")
    for person, prompt, channel in (
        (sim.alice, "a lighthouse in a storm", sim.channel),
        (sim.bob, "a red fox in the snow", sim.channel),
        (sim.bob, "the red foxes of bob", hidden),
    ):
        await person.slash(channel, "imagine", prompt=prompt, size="1K")
    result = await sim.alice.slash(sim.channel, "remix", url="red foxes", prompt="at night", size="1K")
    (told,) = result.followups
    shown = text_of(told.message)
    assert told.ephemeral and "neither a link nor an earlier result" in shown and "of bob" not in shown
    assert shown.index("a red fox") < shown.index("a lighthouse")
    first = next(custom_id for custom_id in _buttons(told.message) if custom_id.endswith(":1"))
    await sim.alice.click(told, custom_id=first)
    assert sim.relay_requests[3]["prompt"] == "at night" and "image" in sim.relay_requests[3]


async def test_without_any_result_words_are_answered_with_what_a_link_is(sim: SimulatedGuild) -> None:
    result = await sim.alice.slash(sim.channel, "remix", url="red foxes", prompt="at night")
    assert "A link begins with" in text_of(result.followups[0].message) and not sim.relay_requests


def _buttons(message: Any) -> list[str]:
    return [part.custom_id for part in everything_in(message) if getattr(part, "custom_id", None)]
