"""Members decide whether others may remix their avatar and their pictures."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, gallery_of, text_of
from tests.support.in_process.messages import PHOTO, bot_mention, photos_from, write
from tests.support.in_process.preferences import opt_out
from tests.support.in_process.settings_manager import SettingsManager, change_settings

REFUSAL = "doesn't allow remixes"


def refusal_of(result: Any) -> str:
    """Return the answer that only the user sees."""
    shown = result.followups[-1] if result.followups else result.response
    assert shown.ephemeral
    return text_of(shown.message)


async def test_an_opt_out_can_be_taken_back(sim: SimulatedGuild) -> None:
    await opt_out(sim, sim.bob)
    shown = (await sim.bob.slash(sim.channel, "preferences")).response
    await sim.bob.click(shown, custom_id="preference:remixes:on")
    assert (await sim.app.services.members.preferences(sim.bob.id)).allow_remixes


async def test_the_menus_refuse_an_owners_pictures_and_avatar_before_any_form(sim: SimulatedGuild) -> None:
    photo = await photos_from(sim, "photo.jpg")
    await opt_out(sim, sim.bob)
    assert REFUSAL in refusal_of(await sim.alice.context_menu(sim.channel, "Remix", photo))
    sim.env.backend.users[sim.bob.id].avatar = "f" * 32
    assert REFUSAL in refusal_of(await sim.alice.context_menu(sim.channel, "Remix avatar", sim.bob))
    assert (await sim.bob.context_menu(sim.channel, "Remix avatar", sim.bob)).modal
    assert (await sim.bob.context_menu(sim.channel, "Remix", photo)).modal


async def test_an_opt_out_while_the_form_is_open_is_respected(sim: SimulatedGuild) -> None:
    shown = await sim.alice.context_menu(sim.channel, "Remix", await photos_from(sim, "photo.jpg"))
    await opt_out(sim, sim.bob)
    assert REFUSAL in refusal_of(await sim.fill(sim.alice, shown, prompt="at night", size="1K"))
    assert sim.relay_requests == []


@pytest.mark.parametrize("kind", ["message", "avatar", "server avatar"])
async def test_a_typed_link_is_refused_where_it_tells_whose_picture_it_is(
    sim: SimulatedGuild, kind: str
) -> None:
    photo = await photos_from(sim, "photo.jpg")
    await opt_out(sim, sim.bob)
    cdn = "https://cdn.discordapp.com"
    url = {
        "message": photo.jump_url,
        "avatar": f"{cdn}/avatars/{sim.bob.id}/{'f' * 32}.png",
        "server avatar": f"<{cdn}/guilds/{sim.guild.id}/users/{sim.bob.id}/avatars/{'f' * 32}.png>",
    }[kind]
    assert REFUSAL in refusal_of(await sim.alice.slash(sim.channel, "remix", url=url, prompt="x"))
    assert sim.relay_requests == []


async def test_a_mention_in_a_reply_is_refused(sim: SimulatedGuild) -> None:
    photo = await photos_from(sim, "photo.jpg")
    await opt_out(sim, sim.bob)
    await write(sim, sim.alice, f"{bot_mention(sim)} at night", reply_to=photo)
    assert REFUSAL in sim.card and sim.relay_requests == []
    await write(sim, sim.bob, f"{bot_mention(sim)} 1K at night", reply_to=photo)
    assert gallery_of(sim.message)


@pytest.mark.parametrize("label", ["Remix", "Edit", "4K"])
async def test_buttons_that_remix_a_result_work_for_its_requester_only(
    sim: SimulatedGuild, label: str
) -> None:
    await sim.bob.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    card = sim.message
    await opt_out(sim, sim.bob)
    assert REFUSAL in refusal_of(await sim.press(sim.alice, label, card))
    assert len(sim.relay_requests) == 1
    assert (await sim.press(sim.bob, "Remix", card)).modal
    await sim.press(sim.alice, "Again", card)
    assert len(sim.relay_requests) == 2


async def test_a_card_is_its_requesters_picture_however_it_is_named(sim: SimulatedGuild) -> None:
    await write(sim, sim.bob, f"{bot_mention(sim)} 1K a fox")
    card = sim.message
    await opt_out(sim, sim.bob)
    assert REFUSAL in refusal_of(await sim.alice.context_menu(sim.channel, "Remix", card))
    assert REFUSAL in refusal_of(
        await sim.alice.slash(sim.channel, "remix", url=card.jump_url, prompt="in winter")
    )
    await write(sim, sim.alice, f"{bot_mention(sim)} in winter", reply_to=card)
    assert REFUSAL in sim.card and len(sim.relay_requests) == 1


async def test_a_remix_of_an_avatar_is_not_repeated_for_others_after_an_opt_out(sim: SimulatedGuild) -> None:
    sim.env.backend.users[sim.bob.id].avatar = "f" * 32
    shown = await sim.alice.context_menu(sim.channel, "Remix avatar", sim.bob)
    await sim.fill(sim.alice, shown, prompt="as a knight", size="1K")
    card = sim.message
    await opt_out(sim, sim.bob)
    assert REFUSAL in refusal_of(await sim.press(sim.alice, "Again", card))


async def test_a_server_can_turn_off_remixes_of_avatars(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await manager.open()
    await manager.press("settings:pictures:avatar_remixes:off")
    assert "Remix avatar: off" in manager.text
    sim.env.backend.users[sim.bob.id].avatar = "f" * 32
    refused = refusal_of(await sim.alice.context_menu(sim.channel, "Remix avatar", sim.bob))
    assert "turned off in this server" in refused
    assert (await sim.bob.context_menu(sim.channel, "Remix avatar", sim.bob)).modal
    await change_settings(sim, avatar_remixes=True)
    assert (await sim.alice.context_menu(sim.channel, "Remix avatar", sim.bob)).modal


async def test_the_deletion_of_all_data_offers_to_keep_an_opt_out(sim: SimulatedGuild) -> None:
    await opt_out(sim, sim.bob)
    await sim.bob.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    shown = await sim.bob.slash(sim.channel, "privacy")
    for label in ("Delete my data", "Delete all but that choice"):
        await sim.bob.click(shown.response, custom_id=buttons_of(shown.response.message)[label])
    assert "1 request" in text_of(shown.response.message)
    assert "still can't remix" in text_of(shown.response.message)
    assert not (await sim.app.services.members.preferences(sim.bob.id)).allow_remixes
    assert await sim.app.services.privacy.count_requests(sim.bob.id) == 0


async def test_the_deletion_of_all_data_ends_an_opt_out_otherwise(sim: SimulatedGuild) -> None:
    await opt_out(sim, sim.bob)
    shown = await sim.bob.slash(sim.channel, "privacy")
    for label in ("Delete my data", "Delete everything"):
        await sim.bob.click(shown.response, custom_id=buttons_of(shown.response.message)[label])
    assert (await sim.app.services.members.preferences(sim.bob.id)).allow_remixes


async def test_help_says_where_an_opt_out_cannot_be_respected(sim: SimulatedGuild) -> None:
    shown = (await sim.alice.slash(sim.channel, "help")).response
    page = await sim.alice.click(shown, custom_id="help:remix")
    assert "forwarded messages" in text_of(page.response.message)


async def test_continue_from_here_is_refused_where_the_picture_before_is_not_theirs(
    sim: SimulatedGuild,
) -> None:
    await sim.bob.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    first = sim.message
    form = await sim.press(sim.alice, "Remix", first)
    await sim.fill(sim.alice, form, prompt="in winter", size="1K")
    asked = len(sim.relay_requests)
    before = await sim.press(sim.alice, "Before")
    await opt_out(sim, sim.bob)
    pressed = await sim.press(sim.alice, "Continue from here", before.response)
    assert REFUSAL in refusal_of(pressed) and len(sim.relay_requests) == asked


async def remix_of(sim: SimulatedGuild, photo: discord.Message) -> discord.Message:
    """Return Alice's remix of a message's picture."""
    form = await sim.alice.context_menu(sim.channel, "Remix", photo)
    await sim.fill(sim.alice, form, prompt="at night", size="1K")
    return sim.message


async def test_a_picture_is_not_sent_again_once_its_owner_withdrew_consent(sim: SimulatedGuild) -> None:
    card = await remix_of(sim, await photos_from(sim, "photo.jpg"))
    before = (await sim.press(sim.alice, "Before", card)).response
    await opt_out(sim, sim.bob)
    assert REFUSAL in refusal_of(await sim.press(sim.alice, "Again", card))
    for pressed in (
        await sim.press(sim.alice, "Edit", card),
        await sim.press(sim.alice, "Continue from here", before),
    ):
        assert REFUSAL in refusal_of(await sim.fill(sim.alice, pressed, prompt="at dawn"))
    assert len(sim.relay_requests) == 1
    await sim.press(sim.alice, "4K", card)
    assert len(sim.relay_requests) == 2


async def test_an_opt_out_while_a_results_form_is_open_is_respected(sim: SimulatedGuild) -> None:
    await sim.bob.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    form = await sim.press(sim.alice, "Remix")
    await opt_out(sim, sim.bob)
    assert REFUSAL in refusal_of(await sim.fill(sim.alice, form, prompt="in winter"))
    assert len(sim.relay_requests) == 1


async def test_a_remix_of_an_upload_is_repeated_by_its_uploader_only(sim: SimulatedGuild) -> None:
    upload = ("photo.jpg", PHOTO)
    await sim.bob.slash(sim.channel, "remix-file", image=upload, prompt="at night", size="1K")
    card = sim.message
    await opt_out(sim, sim.bob)
    assert REFUSAL in refusal_of(await sim.press(sim.alice, "Again", card))
    await sim.press(sim.bob, "Again", card)
    assert len(sim.relay_requests) == 2


async def test_one_of_a_messages_pictures_is_refused_before_the_question_which(sim: SimulatedGuild) -> None:
    photos = await photos_from(sim, "left.jpg", "right.jpg")
    asked = await sim.alice.context_menu(sim.channel, "Remix", photos)
    await opt_out(sim, sim.bob)
    assert REFUSAL in refusal_of(await sim.alice.context_menu(sim.channel, "Remix", photos))
    form = await sim.press(sim.alice, "2", asked.response)
    assert REFUSAL in refusal_of(await sim.fill(sim.alice, form, prompt="at night", size="1K"))
    assert sim.relay_requests == []


async def test_the_nearest_results_offer_no_way_around_an_opt_out(sim: SimulatedGuild) -> None:
    await sim.bob.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    await opt_out(sim, sim.bob)
    offered = await sim.alice.slash(sim.channel, "remix", url="a red fox", prompt="at night", size="1K")
    shown = offered.followups[-1]
    pressed = await sim.press(sim.alice, "Remix", shown)
    assert REFUSAL in text_of((pressed.followups[-1] if pressed.followups else pressed.response).message)
    assert len(sim.relay_requests) == 1
