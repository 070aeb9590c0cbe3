"""One of several pictures: opened alone, remixed, redrawn, saved and linked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, everything_in, file_urls, gallery_of, text_of
from tests.support.photos import photo


async def two_foxes(sim: SimulatedGuild) -> Any:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", ratio="3:2", count=2)
    return sim.message


async def opened(sim: SimulatedGuild, person: Any, number: str = "2") -> Any:
    shown = await sim.press(person, number, await two_foxes(sim))
    assert shown.ephemeral
    return shown.response


async def test_a_number_opens_one_picture_alone_for_who_pressed_it(sim: SimulatedGuild) -> None:
    card = await two_foxes(sim)
    assert list(buttons_of(card)) == ["1", "2", "Again", "Edit", "Remix", "4K", "More"]
    assert [item.description for item in gallery_of(card)] == ["1 of 2: a fox", "2 of 2: a fox"]
    shown = (await sim.press(sim.bob, "2", card)).response
    (item,) = gallery_of(shown.message)
    assert item.media.url == file_urls(card)[1] and item.description == "2 of 2: a fox"
    assert "2 of 2" in text_of(shown.message)
    assert list(buttons_of(shown.message)) == ["Vary", "Edit", "Remix", "4K", "Save to my DMs", "Link"]


async def test_pictures_of_a_remix_are_described_as_such_everywhere(sim: SimulatedGuild) -> None:
    link = (await two_foxes(sim)).jump_url
    await sim.bob.slash(sim.channel, "remix", url=f"{link}#1", prompt="in winter", size="1K")
    listed = await sim.bob.slash(sim.channel, "history")
    assert gallery_of(sim.message)[0].description == "Remix: in winter"
    shown = [getattr(part, "description", None) for part in everything_in(listed.response.message)]
    assert "Remix: in winter" in shown


async def test_4k_starts_from_the_picture_and_keeps_the_prompt_on_the_card(sim: SimulatedGuild) -> None:
    page = await opened(sim, sim.bob)
    picture = gallery_of(page.message)[0].media.url
    card = next(message for message in sim.channel.history() if "1" in buttons_of(message))
    await sim.bob.click(page, custom_id=buttons_of(page.message)["4K"])
    asked = sim.relay_requests[2]
    assert asked["image"] == picture and (asked["size"], asked["aspectRatio"]) == ("4K", "3:2")
    assert "Keep everything as it is" in asked["prompt"] and len(sim.relay_requests) == 3
    assert "> a fox" in sim.card and f"[this picture]({card.jump_url}#2)" in sim.card


async def test_vary_draws_one_at_the_same_size_from_the_picture(sim: SimulatedGuild) -> None:
    page = await opened(sim, sim.bob)
    await sim.bob.click(page, custom_id=buttons_of(page.message)["Vary"])
    asked = sim.relay_requests[2]
    assert asked["size"] == "1K" and "variation" in asked["prompt"] and "image" in asked
    assert "a variation of" in sim.card
    await sim.press(sim.bob, "Again")
    assert sim.relay_requests[3]["prompt"] == asked["prompt"]
    shown = await sim.press(sim.bob, "Edit")
    await sim.fill(sim.bob, shown, prompt="in winter")
    assert sim.relay_requests[4]["prompt"] == "in winter"


@pytest.mark.parametrize("label", ["Remix", "4K"])
async def test_actions_that_need_one_picture_ask_which_before_anything_else(
    sim: SimulatedGuild, label: str
) -> None:
    card = await two_foxes(sim)
    asked = await sim.press(sim.bob, label, card)
    assert asked.ephemeral and "Which picture" in text_of(asked.response.message)
    assert [item.media.url for item in gallery_of(asked.response.message)] == file_urls(card)
    custom_id = buttons_of(asked.response.message)["2"]
    chosen = await sim.bob.click(asked.response, custom_id=custom_id)
    if label == "Remix":
        await sim.fill(sim.bob, chosen, prompt="in winter")
    assert sim.relay_requests[2]["image"] == file_urls(card)[1]


async def test_one_picture_or_all_are_saved(sim: SimulatedGuild) -> None:
    card = await two_foxes(sim)
    more = await sim.press(sim.bob, "More", card)
    save = buttons_of(more.response.message)["Save to my DMs"]
    asked = await sim.bob.click(more.response, custom_id=save)
    buttons = buttons_of(asked.response.message)
    assert list(buttons) == ["1", "2", "All of them"]
    await sim.bob.click(asked.response, custom_id=buttons["2"])
    await sim.bob.click(asked.response, custom_id=buttons["All of them"])
    saved = [message for message in sim.bob.user.dm_channel.history() if gallery_of(message)]
    assert sorted(len(gallery_of(message)) for message in saved) == [1, 2]


async def test_a_link_names_the_picture_for_a_remix(sim: SimulatedGuild) -> None:
    page = await opened(sim, sim.bob)
    shown = await sim.bob.click(page, custom_id=buttons_of(page.message)["Link"])
    link = text_of(shown.response.message).split("```")[1].strip()
    await sim.bob.slash(sim.channel, "remix", url=link, prompt="in winter", size="1K")
    assert sim.relay_requests[2]["image"] == gallery_of(page.message)[0].media.url


async def test_a_refused_picture_is_drawn_anew_at_4k(sim: SimulatedGuild) -> None:
    page = await opened(sim, sim.bob)
    sim.relay.refuse_pictures = True
    await sim.bob.click(page, custom_id=buttons_of(page.message)["4K"])
    assert "Draw anew at 4K" in buttons_of(sim.message)
    assert "refused to start from this picture" in sim.card and "Choose another" not in sim.card
    await sim.press(sim.bob, "Draw anew at 4K")
    assert "image" not in sim.relay_requests[-1] and sim.relay_requests[-1]["prompt"] == "a fox"
    assert sim.relay_requests[-1]["size"] == "4K" and gallery_of(sim.message)


async def test_drawing_anew_after_a_remix_keeps_its_reference(sim: SimulatedGuild) -> None:
    image = ("photo.jpg", photo(640, 480))
    await sim.alice.slash(sim.channel, "remix-file", image=image, prompt="at night", size="1K")
    upload = sim.relay_requests[-1]["image"]
    card = sim.message
    sim.relay.refuse_pictures = True
    await sim.press(sim.bob, "4K", card)
    sim.relay.refuse_pictures = False
    await sim.press(sim.bob, "Draw anew at 4K")
    asked = sim.relay_requests[-1]
    assert (asked["image"], asked["prompt"], asked["size"]) == (upload, "at night", "4K")
    assert gallery_of(sim.message)
