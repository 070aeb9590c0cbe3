"""References that the relay doesn't take as they are: they reach it as copies."""

from __future__ import annotations

from typing import Any

import pytest
import pyvips

from tests.support.in_process.guild import SimulatedGuild, gallery_of, text_of
from tests.support.photos import photo


def turned_photo() -> bytes:
    """A photo of 120×80 pixels that is seen upright, at 80×120."""
    image = pyvips.Image.jpegload_buffer(photo(120, 80)).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd3-GPSLatitude", "52/1 30/1 0/1")
    return bytes(image.jpegsave_buffer())


def padded(picture: bytes) -> bytes:
    """Return a picture whose file is larger than the relay takes."""
    return picture + bytes(10_000_001)


async def remix_file(sim: SimulatedGuild, name: str, content: bytes) -> Any:
    return await sim.alice.slash(
        sim.channel, "remix-file", image=(name, content), prompt="at night", size="1K"
    )


def fetched(sim: SimulatedGuild) -> pyvips.Image:
    """Return the picture whose link the relay got last."""
    return pyvips.Image.new_from_buffer(sim.env.backend.cdn.get(sim.relay_requests[-1]["image"]), "")


async def test_a_turned_photo_reaches_the_relay_upright_and_without_its_place(sim: SimulatedGuild) -> None:
    done = await remix_file(sim, "photo.jpg", turned_photo())

    picture = fetched(sim)
    assert (picture.width, picture.height) == (80, 120)
    assert not picture.get_typeof("exif-data")
    assert gallery_of(sim.message)
    (copy,) = done.followups
    assert copy.ephemeral and "Only you can see it" in text_of(copy.message)


async def test_a_format_that_the_relay_does_not_take_is_copied(sim: SimulatedGuild) -> None:
    avif = pyvips.Image.jpegload_buffer(photo(96, 64)).heifsave_buffer(compression="av1", effort=0)

    await remix_file(sim, "photo.avif", bytes(avif))

    assert str(fetched(sim).get("vips-loader")).startswith("jpegload")


async def test_a_large_file_is_copied(sim: SimulatedGuild) -> None:
    await remix_file(sim, "photo.jpg", padded(photo(96, 64)))

    link = sim.relay_requests[-1]["image"]
    assert len(sim.env.backend.cdn.get(link)) < 100_000


async def test_what_the_relay_takes_goes_by_its_own_link(sim: SimulatedGuild) -> None:
    done = await remix_file(sim, "photo.jpg", photo(96, 64))

    assert sim.relay_requests[-1]["image"].endswith("photo.jpg")
    assert not done.followups


async def test_a_variation_of_a_large_result_starts_from_a_copy(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    card = sim.message
    cdn = sim.env.backend.cdn
    real = cdn.get

    def larger(url: str) -> bytes:
        return padded(real(url)) if "jimeng-" in url else real(url)

    cdn.get = larger
    try:
        shown = await sim.press(sim.alice, "More", card)
        await sim.press(sim.alice, "Vary", shown.response.message)
    finally:
        cdn.get = real

    assert "reference" in sim.relay_requests[-1]["image"]
    assert gallery_of(sim.message)


async def test_a_copy_of_a_spoiler_is_one(sim: SimulatedGuild) -> None:
    done = await remix_file(sim, "SPOILER_photo.jpg", turned_photo())

    assert all(item.spoiler for item in gallery_of(done.followups[0].message))


async def test_drawing_anew_copies_the_reference_again(sim: SimulatedGuild) -> None:
    await remix_file(sim, "photo.jpg", turned_photo())

    await sim.press(sim.alice, "Again")

    first, second = (asked["image"] for asked in sim.relay_requests)
    assert first != second
    assert (fetched(sim).width, fetched(sim).height) == (80, 120)


async def test_a_mention_of_a_picture_that_must_be_copied_says_what_to_use(sim: SimulatedGuild) -> None:
    text = f"{sim.bot.user.mention} at night"  # pyright: ignore[reportOptionalMemberAccess]  # logged in
    await sim.alice.send(sim.channel, text, attachments=[("photo.jpg", padded(photo(96, 64)))])

    assert "/remix-file" in sim.card
    assert not sim.relay_requests


async def test_a_mention_of_a_turned_photo_uses_it_as_it_is(sim: SimulatedGuild) -> None:
    text = f"{sim.bot.user.mention} at night"  # pyright: ignore[reportOptionalMemberAccess]  # logged in
    await sim.alice.send(sim.channel, text, attachments=[("photo.jpg", turned_photo())])

    assert sim.relay_requests[-1]["image"].endswith("photo.jpg")
    assert gallery_of(sim.message)


@pytest.mark.parametrize("content", [b"\xff\xd8\xff" + bytes(500), b"<html>"])
async def test_a_file_that_is_no_picture_is_named_as_such(sim: SimulatedGuild, content: bytes) -> None:
    await remix_file(sim, "photo.jpg", content)

    assert "no picture" in sim.card
    assert not sim.relay_requests
