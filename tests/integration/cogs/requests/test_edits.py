"""Talking to a picture: edits keep its options, know what they were made from, and can go on from there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.domain.models import Style, StyleOwner
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, file_urls, gallery_of, text_of
from tests.support.in_process.messages import PHOTO, bot_mention, write


async def drawn(sim: SimulatedGuild, prompt: str = "a fox", **options: Any) -> discord.Message:
    await sim.alice.slash(sim.channel, "imagine", prompt=prompt, **{"size": "1K", **options})
    return sim.message


async def edited(sim: SimulatedGuild, message: discord.Message, text: str, by: Any = None) -> discord.Message:
    await write(sim, by or sim.alice, f"{bot_mention(sim)} {text}", reply_to=message)
    return sim.message


async def before(sim: SimulatedGuild, message: discord.Message, by: Any = None) -> Any:
    shown = await sim.press(by or sim.bob, "Before", message)
    assert shown.ephemeral
    return shown.response


async def add_style(sim: SimulatedGuild, name: str, text: str) -> None:
    owner = StyleOwner(kind="member", id=sim.alice.id)
    await sim.app.services.members.add_style(owner, Style(name=name, text=text))


async def test_a_reply_keeps_ratio_size_and_style_unless_it_says_otherwise(sim: SimulatedGuild) -> None:
    await add_style(sim, "ink", "in ink on rice paper")
    card = await drawn(sim, ratio="21:9", style="ink")
    await sim.app.services.members.change_preferences(
        sim.bob.id, lambda old: replace(old, ratio="9:16", size="2K")
    )
    card = await edited(sim, card, "in winter", by=sim.bob)
    await edited(sim, card, "2:3 2K at night", by=sim.bob)
    kept, changed = sim.relay_requests[1:]
    assert (kept["aspectRatio"], kept["size"]) == ("21:9", "1K")
    assert (changed["aspectRatio"], changed["size"]) == ("2:3", "2K")
    assert kept["prompt"] == "in winter\nin ink on rice paper"
    assert changed["prompt"] == "at night\nin ink on rice paper"


async def test_a_kept_size_is_never_above_the_servers_largest(sim: SimulatedGuild) -> None:
    card = await drawn(sim, size="4K")
    await sim.app.stores.guilds.change(sim.guild.id, 1, lambda old: replace(old, largest="2K"))
    await edited(sim, card, "in winter")
    assert sim.relay_requests[1]["size"] == "2K"


async def test_edits_count_from_the_first_picture_and_link_it(sim: SimulatedGuild) -> None:
    first = await drawn(sim)
    assert "Before" not in buttons_of(first) and "edit" not in text_of(first)
    card = first
    for number, text in enumerate(("in winter", "at night", "with an owl"), 1):
        card = await edited(sim, card, text)
        assert f"edit {number} of [this picture]({first.jump_url})" in text_of(card)


async def test_an_edit_is_undone_or_branched_off_with_two_taps(sim: SimulatedGuild) -> None:
    first = await drawn(sim, ratio="3:2")
    second = await edited(sim, first, "in winter")
    third = await edited(sim, second, "at night")
    page = await before(sim, third)
    assert [item.media.url for item in gallery_of(page.message)] == file_urls(second)
    assert "> in winter" in text_of(page.message) and "edit 1 of" in text_of(page.message)
    assert list(buttons_of(page.message)) == ["Continue from here", "Before"]
    form = await sim.bob.click(page, custom_id=buttons_of(page.message)["Continue from here"])
    await sim.fill(sim.bob, form, prompt="with an owl")
    asked = sim.relay_requests[-1]
    assert asked["image"] == file_urls(second)[0] and asked["prompt"] == "with an owl"
    assert (asked["aspectRatio"], asked["size"]) == ("3:2", "1K")
    assert f"edit 2 of [this picture]({first.jump_url})" in sim.card
    earlier = (await sim.bob.click(page, custom_id=buttons_of(page.message)["Before"])).response
    assert [item.media.url for item in gallery_of(earlier.message)] == file_urls(first)
    assert list(buttons_of(earlier.message)) == ["Continue from here"]


async def test_the_edit_button_knows_its_picture_too(sim: SimulatedGuild) -> None:
    first = await drawn(sim)
    form = await sim.press(sim.bob, "Edit", first)
    await sim.fill(sim.bob, form, prompt="a wolf")
    assert "image" not in sim.relay_requests[1] and "edit 1 of [this picture]" in sim.card
    page = await before(sim, sim.message)
    assert [item.media.url for item in gallery_of(page.message)] == file_urls(first)


@pytest.mark.parametrize("label", ["Vary", "4K", "Remix"])
async def test_redraws_and_remixes_show_the_picture_they_started_from(
    sim: SimulatedGuild, label: str
) -> None:
    first = await drawn(sim, count=2)
    alone = (await sim.press(sim.bob, "2", first)).response
    pressed = await sim.bob.click(alone, custom_id=buttons_of(alone.message)[label])
    if label == "Remix":
        await sim.fill(sim.bob, pressed, prompt="in winter")
    page = await before(sim, sim.message)
    assert [item.media.url for item in gallery_of(page.message)] == file_urls(first)[1:2]


@pytest.mark.parametrize("label", ["Vary", "4K"])
async def test_an_edit_of_a_redraw_starts_from_what_one_sees(sim: SimulatedGuild, label: str) -> None:
    shown = (await sim.press(sim.alice, "More", await drawn(sim))).response
    redrawn = sim.message
    await sim.press(sim.alice, label, shown if label == "Vary" else redrawn)
    redrawn = sim.message
    form = await sim.press(sim.bob, "Edit", redrawn)
    await sim.fill(sim.bob, form, prompt="at night")
    assert sim.relay_requests[-1]["image"] == file_urls(redrawn)[0]
    assert sim.relay_requests[-1]["prompt"] == "at night"
    page = await before(sim, sim.message)
    assert [item.media.url for item in gallery_of(page.message)] == file_urls(redrawn)


async def test_before_an_edit_of_several_pictures_each_can_be_gone_on_from(sim: SimulatedGuild) -> None:
    first = await drawn(sim, count=2)
    form = await sim.press(sim.bob, "Edit", first)
    await sim.fill(sim.bob, form, prompt="a wolf")
    page = await before(sim, sim.message)
    assert len(gallery_of(page.message)) == 2 and list(buttons_of(page.message)) == ["1", "2"]
    form = await sim.bob.click(page, custom_id=buttons_of(page.message)["2"])
    await sim.fill(sim.bob, form, prompt="in winter")
    assert sim.relay_requests[-1]["image"] == file_urls(first)[1]


async def test_a_chain_survives_the_deletion_of_a_picture_in_between(sim: SimulatedGuild) -> None:
    first = await drawn(sim)
    second = await edited(sim, first, "in winter", by=sim.bob)
    third = await edited(sim, second, "at night")
    await second.delete()
    page = await before(sim, third)
    assert [item.media.url for item in gallery_of(page.message)] == file_urls(first)
    assert "an earlier one" in text_of(page.message)
    await sim.app.services.privacy.erase(sim.bob.id)
    page = await before(sim, third)
    assert [item.media.url for item in gallery_of(page.message)] == file_urls(first)
    assert "an earlier one" not in text_of(page.message)
    await first.delete()
    assert "is gone" in text_of((await before(sim, third)).message)


async def test_the_picture_before_is_shown_only_to_those_who_can_see_it(sim: SimulatedGuild) -> None:
    hidden = discord.PermissionOverwrite(view_channel=False)
    place = sim.guild.create_text_channel("secret", overwrites={sim.bob.user: hidden})
    await sim.alice.slash(place, "imagine", prompt="a fox", size="1K")
    secret = place.last_message
    await sim.alice.slash(sim.channel, "remix", url=secret.jump_url, prompt="in winter", size="1K")
    card = sim.message
    assert not gallery_of((await before(sim, card)).message)
    assert gallery_of((await before(sim, card, by=sim.alice)).message)


async def test_before_a_remix_is_the_picture_that_was_given(sim: SimulatedGuild) -> None:
    photo = await sim.bob.send(sim.channel, "my boat", attachments=[("boat.jpg", PHOTO)])
    await sim.alice.slash(sim.channel, "remix", url=photo.jump_url, prompt="in oil", size="1K")
    page = await before(sim, sim.message)
    assert "boat.jpg" in gallery_of(page.message)[0].media.url
    form = await sim.bob.click(page, custom_id=buttons_of(page.message)["Continue from here"])
    await sim.fill(sim.bob, form, prompt="in ink")
    assert "boat.jpg" in sim.relay_requests[1]["image"] and sim.relay_requests[1]["prompt"] == "in ink"


async def test_an_upload_is_shown_to_nobody_but_its_uploader(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "remix-file", image=("boat.png", PHOTO), prompt="in oil", size="1K")
    card = sim.message
    assert "can't see it" in text_of((await before(sim, card)).message)
    assert "boat.png" in gallery_of((await before(sim, card, by=sim.alice)).message)[0].media.url


async def test_who_forbids_remixes_is_not_gone_on_from(sim: SimulatedGuild) -> None:
    first = await drawn(sim)
    second = await edited(sim, first, "in winter")
    page = await before(sim, second)
    await sim.app.services.members.change_preferences(
        sim.alice.id, lambda old: replace(old, allow_remixes=False)
    )
    pressed = await sim.bob.click(page, custom_id=buttons_of(page.message)["Continue from here"])
    assert "doesn't allow remixes" in text_of(pressed.response.message)
