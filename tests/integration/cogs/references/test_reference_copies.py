"""References that the relay doesn't take as they are: they reach it as copies."""

from __future__ import annotations

from typing import Any

import pytest
import pyvips
from discord.components import ThumbnailComponent

from bot.ui.intake.references.media import pictures_in
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import everything_in, gallery_of, text_of
from tests.support.in_process.messages import bot_mention
from tests.support.photos import photo, turned_photo


def turned_tiff() -> bytes:
    return bytes(pyvips.Image.jpegload_buffer(turned_photo()).tiffsave_buffer())


def padded(picture: bytes) -> bytes:
    """Return a picture whose file is larger than the relay takes."""
    return picture + bytes(10_000_001)


async def remix_file(sim: SimulatedGuild, name: str, content: bytes, **options: Any) -> Any:
    return await sim.alice.slash(
        sim.channel, "remix-file", image=(name, content), prompt="at night", size="1K", **options
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


def copies_on_card(sim: SimulatedGuild) -> list[str]:
    """Return the links of the references that the card shows."""
    return [part.media.url for part in everything_in(sim.message) if isinstance(part, ThumbnailComponent)]


def copy_on_card(sim: SimulatedGuild) -> str:
    """Return the link of the picture beside the prompt."""
    (shown,) = copies_on_card(sim)
    return shown


async def mention(sim: SimulatedGuild, *contents: bytes) -> None:
    files = [(f"photo-{number}.jpg", content) for number, content in enumerate(contents, 1)]
    await sim.alice.send(sim.channel, f"{bot_mention(sim)} at night", attachments=files)


@pytest.mark.parametrize("content", [padded(photo(96, 64)), turned_photo()])
async def test_a_copy_for_a_mention_is_put_into_its_card(sim: SimulatedGuild, content: bytes) -> None:
    await mention(sim, content)

    assert sim.relay_requests[-1]["image"] == copy_on_card(sim)
    assert copy_on_card(sim).endswith("-reference-1.jpg")
    assert fetched(sim).width and gallery_of(sim.message)
    assert len(pictures_in(sim.message)) == 1


async def test_the_copy_of_an_upload_is_put_into_the_card_where_its_asker_chose_so(
    sim: SimulatedGuild,
) -> None:
    done = await sim.alice.slash(
        sim.channel,
        "remix-file",
        image=("SPOILER_photo.tiff", turned_tiff()),
        prompt="at night",
        size="1K",
        **{"show-reference": True},
    )

    assert sim.relay_requests[-1]["image"] == copy_on_card(sim)
    assert all(part.spoiler for part in everything_in(sim.message) if isinstance(part, ThumbnailComponent))
    assert not done.followups


async def test_a_copy_that_discord_refuses_on_the_card_goes_to_its_asker_alone(sim: SimulatedGuild) -> None:
    for _ in ("the waiting card", "the same without the picture", "the copy"):
        sim.env.inject_error("PATCH", "/webhooks/*/messages/*", status=400, code=50035)
    await remix_file(sim, "photo.jpg", turned_photo(), **{"show-reference": True})

    assert sim.relay_requests[-1]["image"].endswith("/reference.jpg")
    assert not copy_on_card(sim).endswith("reference.jpg") and gallery_of(sim.message)


async def test_a_mention_whose_copy_has_no_place_says_what_to_use(sim: SimulatedGuild) -> None:
    sim.env.inject_error("PATCH", "/channels/*/messages/*", status=400, code=50035)
    await mention(sim, padded(photo(96, 64)))

    assert "/remix-file" in sim.card
    assert not sim.relay_requests


async def test_a_copy_stays_on_the_card_of_a_failure(sim: SimulatedGuild) -> None:
    sim.relay.refuse_pictures = True
    await mention(sim, turned_photo())

    assert copy_on_card(sim).endswith("-reference-1.jpg")


@pytest.mark.parametrize("content", [b"\xff\xd8\xff" + bytes(500), b"<html>"])
async def test_a_file_that_is_no_picture_is_named_as_such(sim: SimulatedGuild, content: bytes) -> None:
    await remix_file(sim, "photo.jpg", content)

    assert "no picture" in sim.card
    assert not sim.relay_requests
