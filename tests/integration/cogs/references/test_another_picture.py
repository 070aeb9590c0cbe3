"""A remix whose picture was refused goes on with another one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.in_process.guild import SimulatedGuild, buttons_of, file_urls, text_of
from tests.support.in_process.messages import PHOTO


async def refused_remix(sim: SimulatedGuild) -> Any:
    """Have the picture of a remix refused, and open the form for another one."""
    await sim.alice.slash(
        sim.channel, "remix-file", image=("face.jpg", PHOTO), prompt="as an oil blocked-image", size="1K"
    )
    assert "may show a real person" in sim.card
    assert list(buttons_of(sim.message)) == ["Use another picture"]
    return await sim.press(sim.alice, "Use another picture")


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
    await sim.fill(sim.alice, shown, or_a_link_to_one=f" {photo.jump_url} ", prompt="as an oil")
    assert sim.relay_requests[1]["image"] == file_urls(photo)[0]


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({}, "Upload a picture, or give a link"),
        ({"or_a_link_to_one": "no link"}, "isn't a complete link"),
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
