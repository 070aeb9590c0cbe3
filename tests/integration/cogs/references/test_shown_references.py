"""The reference of a remix beside the prompt on its card."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from discord.components import ThumbnailComponent

from bot.ui.intake.references.media import pictures_in
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import everything_in, gallery_of
from tests.support.photos import photo

PHOTO = photo(640, 480)


def thumbnails(message: discord.Message) -> list[ThumbnailComponent]:
    return [part for part in everything_in(message) if isinstance(part, ThumbnailComponent)]


async def photo_in(sim: SimulatedGuild, channel: Any, name: str = "photo.jpg") -> Any:
    return await sim.bob.send(channel, "look", attachments=[(name, PHOTO)])


async def remix(sim: SimulatedGuild, url: str, **options: Any) -> discord.Message:
    await sim.alice.slash(sim.channel, "remix", url=url, prompt="at night", size="1K", **options)
    return sim.message


async def remix_file(sim: SimulatedGuild, **options: Any) -> discord.Message:
    image = ("photo.jpg", PHOTO)
    await sim.alice.slash(sim.channel, "remix-file", image=image, prompt="at night", size="1K", **options)
    return sim.message


async def test_a_picture_of_this_channel_is_beside_the_prompt(sim: SimulatedGuild) -> None:
    card = await remix(sim, (await photo_in(sim, sim.channel)).jump_url)
    (shown,) = thumbnails(card)
    assert "photo.jpg" in shown.media.url and not shown.spoiler
    assert shown.description == "The picture to remix"
    assert gallery_of(card)


async def test_it_is_there_from_asking_on(gated_sim: SimulatedGuild) -> None:
    card = await remix(gated_sim, (await photo_in(gated_sim, gated_sim.channel)).jump_url)
    assert thumbnails(card) and not gallery_of(card)
    await gated_sim.finish_jobs()
    assert thumbnails(gated_sim.message) and gallery_of(gated_sim.message)


async def test_a_picture_of_another_channel_is_shown_only_if_chosen(sim: SimulatedGuild) -> None:
    elsewhere = sim.guild.create_text_channel("elsewhere")
    link = (await photo_in(sim, elsewhere)).jump_url
    assert not thumbnails(await remix(sim, link))
    assert thumbnails(await remix(sim, link, **{"show-reference": True}))


async def test_an_upload_is_shown_only_if_chosen(sim: SimulatedGuild) -> None:
    assert not thumbnails(await remix_file(sim))
    assert thumbnails(await remix_file(sim, **{"show-reference": True}))


async def test_a_spoiler_stays_one_beside_the_prompt(sim: SimulatedGuild) -> None:
    card = await remix(sim, (await photo_in(sim, sim.channel, "SPOILER_photo.jpg")).jump_url)
    assert [shown.spoiler for shown in thumbnails(card)] == [True]


async def test_what_one_member_chose_to_show_another_does_not(sim: SimulatedGuild) -> None:
    card = await remix_file(sim, **{"show-reference": True})
    await sim.press(sim.bob, "Again", card)
    assert gallery_of(sim.message) and not thumbnails(sim.message)
    await sim.press(sim.alice, "Again", card)
    assert thumbnails(sim.message)


async def test_the_reference_is_no_picture_of_its_card(sim: SimulatedGuild) -> None:
    card = await remix(sim, (await photo_in(sim, sim.channel)).jump_url)
    assert len(pictures_in(card)) == 1


async def remix_by_button(sim: SimulatedGuild, card: discord.Message) -> discord.Message:
    await sim.fill(sim.alice, await sim.press(sim.alice, "Remix", card), prompt="at night")
    await sim.finish_jobs()
    return sim.message


async def test_the_remix_button_of_a_result_shows_it_beside_the_prompt(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    first = sim.message
    (shown,) = thumbnails(await remix_by_button(sim, first))
    assert shown.media.url == gallery_of(first)[0].media.url


async def test_a_result_of_another_channel_is_not_shown_beside_the_prompt(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    elsewhere = sim.guild.create_text_channel("elsewhere")
    history = await sim.alice.slash(elsewhere, "history")
    opened = await sim.alice.click(history.response, label="Open")
    form = await sim.alice.click(opened.response, label="Remix")
    await sim.fill(sim.alice, form, prompt="at night")
    await sim.finish_jobs()
    card = elsewhere.last_message
    assert gallery_of(card) and not thumbnails(card)


async def test_a_variation_shows_no_reference(sim: SimulatedGuild) -> None:
    card = await remix(sim, (await photo_in(sim, sim.channel)).jump_url)
    more = await sim.press(sim.alice, "More", card)
    await sim.press(sim.alice, "Vary", more.response.message)
    assert gallery_of(sim.message) and not thumbnails(sim.message)


async def test_a_mention_shows_the_picture_that_it_replies_to(sim: SimulatedGuild) -> None:
    shown = await photo_in(sim, sim.channel)
    text = f"{sim.bot.user.mention} at night"  # pyright: ignore[reportOptionalMemberAccess]  # logged in
    await sim.alice.send(sim.channel, text, attachments=[("mine.jpg", PHOTO)])
    assert shown and ["mine.jpg" in each.media.url for each in thumbnails(sim.message)] == [True]


async def test_a_card_that_discord_refuses_goes_without_the_reference(
    sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = (await photo_in(sim, sim.channel)).jump_url
    edit = discord.Webhook.edit_message
    refused: list[int] = []

    async def refuse(self: discord.Webhook, message_id: int, **options: Any) -> Any:
        if any(isinstance(item, discord.ui.Thumbnail) for item in options["view"].walk_children()):
            refused.append(message_id)
            response: Any = type("Response", (), {"status": 400, "reason": "Bad Request"})()
            raise discord.HTTPException(response, {"code": 50035, "message": "Invalid Form Body"})
        return await edit(self, message_id, **options)

    monkeypatch.setattr(discord.Webhook, "edit_message", refuse)
    card = await remix(sim, link)
    assert refused
    assert gallery_of(card) and not thumbnails(card)
