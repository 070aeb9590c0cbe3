"""A remix whose picture was refused goes on with another one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, file_urls, text_of
from tests.support.in_process.messages import PHOTO, bot_mention, photos_from, write
from tests.support.in_process.preferences import opt_out


async def refused_remix(sim: SimulatedGuild) -> Any:
    """Have the picture of a remix refused, and open the form for another one."""
    await sim.alice.slash(
        sim.channel, "remix-file", image=("face.jpg", PHOTO), prompt="as an oil blocked-image", size="1K"
    )
    assert "may show a real person" in sim.card
    assert list(buttons_of(sim.message)) == ["Use another picture"]
    return await sim.press(sim.alice, "Use another picture")


async def press_another(sim: SimulatedGuild, refused: Any) -> Any:
    """Open the form for another picture under a refusal before anything was queued."""
    return await sim.press(sim.alice, "Use another picture", (refused.followups or [refused.response])[-1])


async def test_an_upload_replaces_the_picture(sim: SimulatedGuild) -> None:
    shown = await refused_remix(sim)
    assert "Upload a picture" in [label["label"] for label in shown.modal["components"]]
    await sim.fill(sim.alice, shown, upload_a_picture=[("boat.jpg", PHOTO)], prompt="as an oil")
    second = sim.relay_requests[1]
    assert (second["prompt"], second["size"]) == ("as an oil", "1K") and "boat.jpg" in second["image"]
    assert "Again" in buttons_of(sim.message)


async def test_a_link_replaces_the_picture(sim: SimulatedGuild) -> None:
    photo = await sim.bob.send(sim.channel, "mine", attachments=[("boat.jpg", PHOTO)])
    shown = await refused_remix(sim)
    await sim.fill(sim.alice, shown, or_paste_a_link=f" {photo.jump_url} ", prompt="as an oil")
    assert sim.relay_requests[1]["image"] == file_urls(photo)[0]


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({}, "Upload a picture, or give a link"),
        ({"or_paste_a_link": "no link"}, "isn't a complete link"),
        ({"upload_a_picture": [("notes.txt", b"words")]}, "no picture at that link"),
    ],
)
async def test_what_is_no_picture_is_refused_in_words(
    sim: SimulatedGuild, given: dict[str, Any], answer: str
) -> None:
    shown = await refused_remix(sim)
    result = await sim.fill(sim.alice, shown, **given)
    said = [text_of(told.message) for told in result.followups] or [text_of(result.response.message)]
    assert any(answer in text for text in said) and len(sim.relay_requests) == 1


async def test_a_link_without_a_picture_is_replaced_before_anything_is_queued(sim: SimulatedGuild) -> None:
    words = await sim.bob.send(sim.channel, "only words")
    answer = await sim.alice.slash(
        sim.channel, "remix", url=words.jump_url, prompt="in winter", ratio="21:9", size="1K"
    )
    shown = await press_another(sim, answer)
    assert shown.modal["components"][-1]["component"]["value"] == "in winter"
    await sim.fill(sim.alice, shown, upload_a_picture=[("boat.jpg", PHOTO)], prompt="at night")
    (request,) = sim.relay_requests
    assert (request["prompt"], request["size"]) == ("at night", "1K") and "boat.jpg" in request["image"]
    assert "21:9" in sim.card


async def test_another_picture_replaces_one_whose_owner_allows_no_remixes(sim: SimulatedGuild) -> None:
    photo = await photos_from(sim, "photo.jpg")
    await opt_out(sim, sim.bob)
    for answer in (
        await sim.alice.slash(sim.channel, "remix", url=photo.jump_url, prompt="in winter", size="1K"),
        await sim.alice.context_menu(sim.channel, "Remix", photo),
        await sim.alice.context_menu(sim.channel, "Remix avatar", sim.bob),
    ):
        shown = await press_another(sim, answer)
        await sim.fill(sim.alice, shown, upload_a_picture=[("boat.jpg", PHOTO)], prompt="at night")
        assert (
            sim.relay_requests[-1]["prompt"] == "at night" and "boat.jpg" in sim.relay_requests[-1]["image"]
        )
    assert len(sim.relay_requests) == 3


async def test_another_picture_replaces_that_of_a_result_whose_requester_allows_no_remixes(
    sim: SimulatedGuild,
) -> None:
    await sim.bob.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    card = sim.message
    await opt_out(sim, sim.bob)
    shown = await press_another(sim, await sim.press(sim.alice, "Remix", card))
    await sim.fill(sim.alice, shown, upload_a_picture=[("boat.jpg", PHOTO)], prompt="at night")
    assert "boat.jpg" in sim.relay_requests[-1]["image"]


@pytest.mark.parametrize("problem", ["consent", "gone"])
async def test_a_mention_goes_on_with_another_picture(sim: SimulatedGuild, problem: str) -> None:
    photo = await photos_from(sim, "photo.jpg")
    if problem == "consent":
        await opt_out(sim, sim.bob)
        await write(sim, sim.alice, f"{bot_mention(sim)} 1K in winter", reply_to=photo)
    else:
        sim.env.inject_error("GET", f"/channels/*/messages/{photo.id}", status=404, code=10008, times=None)
        await write(sim, sim.alice, f"{bot_mention(sim)} 1K in winter", reply_to=photo)
    refusal = sim.message
    shown = await sim.press(sim.alice, "Use another picture", refusal)
    assert shown.modal["components"][-1]["component"]["value"] == "in winter"
    await sim.fill(sim.alice, shown, upload_a_picture=[("boat.jpg", PHOTO)], prompt="in winter")
    (request,) = sim.relay_requests
    assert (request["prompt"], request["size"]) == ("in winter", "1K") and "boat.jpg" in request["image"]
    assert refusal.id not in {message.id for message in sim.channel.history()}
