"""The context menus Remix and Remix avatar."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from simcord.backend.cdn import CDN_BASE

from bot.ui.intake.references import resolver
from tests.support.in_process.guild import NO_PRIVILEGED_INTENTS, SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, file_urls, gallery_of, text_of
from tests.support.in_process.messages import photos_from
from tests.support.in_process.settings_manager import change_settings


def fields_of(shown: Any) -> dict[str, dict[str, Any]]:
    return {label["label"]: label["component"] for label in shown.modal["components"]}


def chosen_in(field: dict[str, Any]) -> str:
    (value,) = [option["value"] for option in field["options"] if option.get("default")]
    return value


async def test_any_members_picture_is_remixed_without_privileged_intents(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, approved=NO_PRIVILEGED_INTENTS) as sim:
        photo = await photos_from(sim, "photo.jpg")
        shown = await sim.alice.context_menu(sim.channel, "Remix", photo)
        assert list(fields_of(shown)) == ["Prompt", "Ratio", "Size"]
        await sim.fill(sim.alice, shown, prompt="at night", size="1K")
        assert gallery_of(sim.message)
        assert sim.relay_requests[0]["image"] == photo.attachments[0].url
        assert sim.relay_requests[0]["prompt"] == "at night"


async def test_the_form_is_the_first_response_and_nothing_is_fetched_before(sim: SimulatedGuild) -> None:
    photo = await photos_from(sim, "photo.jpg")
    before = len(sim.env.http_requests)
    shown = await sim.alice.context_menu(sim.channel, "Remix", photo)
    assert shown.modal
    assert [request.path.rpartition("/")[2] for request in sim.env.http_requests[before:]] == ["callback"]


@pytest.mark.parametrize(("name", "ratio"), [("photo.jpg", "16:9"), ("tall.jpg", "9:16")])
async def test_the_form_offers_the_pictures_own_ratio(sim: SimulatedGuild, name: str, ratio: str) -> None:
    shown = await sim.alice.context_menu(sim.channel, "Remix", await photos_from(sim, name))
    assert chosen_in(fields_of(shown)["Ratio"]) == ratio


async def test_which_of_several_pictures_is_asked_before_the_form(sim: SimulatedGuild) -> None:
    photos = await photos_from(sim, "photo.jpg", "tall.jpg", "last.jpg")
    asked = await sim.alice.context_menu(sim.channel, "Remix", photos)
    assert asked.ephemeral and list(buttons_of(asked.response.message)) == ["1", "2", "3"]
    assert file_urls(asked.response.message) == [file.url for file in photos.attachments]
    shown = await sim.press(sim.alice, "2", asked.response)
    assert chosen_in(fields_of(shown)["Ratio"]) == "9:16"
    await sim.fill(sim.alice, shown, prompt="at night", size="1K")
    assert sim.relay_requests[0]["image"] == photos.attachments[1].url
    await sim.press(sim.alice, "Again")
    assert sim.relay_requests[1]["image"] == photos.attachments[1].url


async def test_a_card_of_the_bot_is_remixed(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", count=2)
    card = sim.message
    asked = await sim.bob.context_menu(sim.channel, "Remix", card)
    shown = await sim.press(sim.bob, "2", asked.response)
    await sim.fill(sim.bob, shown, prompt="in winter", size="1K")
    assert sim.relay_requests[2]["image"] == file_urls(card)[1]


async def test_a_message_without_a_picture_is_refused_ephemerally(sim: SimulatedGuild) -> None:
    words = await sim.bob.send(sim.channel, "only words")
    result = await sim.alice.context_menu(sim.channel, "Remix", words)
    assert result.ephemeral and "message has no picture" in text_of(result.response.message)


async def test_a_remix_of_a_spoilered_picture_stays_a_spoiler(sim: SimulatedGuild) -> None:
    photo = await photos_from(sim, "SPOILER_photo.jpg")
    shown = await sim.alice.context_menu(sim.channel, "Remix", photo)
    await sim.fill(sim.alice, shown, prompt="at night", size="1K")
    assert all(item.spoiler for item in gallery_of(sim.message))


async def test_again_works_as_long_as_the_references_link_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_simulated_file(url: str) -> bool:
        return url.startswith(CDN_BASE)

    monkeypatch.setattr(resolver, "is_discord_file", is_simulated_file)
    async with open_simulation(tmp_path, approved=NO_PRIVILEGED_INTENTS) as sim:
        photo = await photos_from(sim, "photo.jpg")
        shown = await sim.alice.context_menu(sim.channel, "Remix", photo)
        await sim.fill(sim.alice, shown, prompt="at night", size="1K")
        card = sim.message
        await sim.press(sim.alice, "Again", card)
        assert sim.relay_requests[1]["image"] == photo.attachments[0].url
        await sim.bob.delete(photo)
        await sim.press(sim.alice, "Again", card)
        assert "can't read that message" in sim.card and len(sim.relay_requests) == 2


async def test_again_points_to_the_menu_once_the_references_link_has_expired(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, approved=NO_PRIVILEGED_INTENTS) as sim:
        photo = await photos_from(sim, "photo.jpg")
        (stored,) = sim.env.backend.get_message(sim.channel.id, photo.id).attachments
        stored["url"] += f"?ex={int(sim.env.now().timestamp()) + 60:x}&is=0&hm=0"
        shown = await sim.alice.context_menu(sim.channel, "Remix", photo)
        await sim.fill(sim.alice, shown, prompt="at night", size="1K")
        await sim.press(sim.alice, "Again")
        assert "Apps → Remix" in sim.card


async def test_a_link_to_a_message_with_hidden_content_points_to_the_menu(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, approved=NO_PRIVILEGED_INTENTS) as sim:
        photo = await photos_from(sim, "photo.jpg")
        await sim.alice.slash(sim.channel, "remix", url=photo.jump_url, prompt="x")
        assert "Apps → Remix" in sim.card
        assert not sim.relay_requests


async def test_a_link_without_a_number_asks_which_of_several_pictures(sim: SimulatedGuild) -> None:
    photos = await photos_from(sim, "photo.jpg", "tall.jpg")
    asked = await sim.alice.slash(sim.channel, "remix", url=photos.jump_url, prompt="x", size="1K")
    (question,) = asked.followups
    assert question.ephemeral and "Which picture" in text_of(question.message) and not sim.relay_requests
    await sim.press(sim.alice, "2", question)
    assert sim.relay_requests[0]["image"] == photos.attachments[1].url
    assert sim.relay_requests[0]["aspectRatio"] == "9:16"


async def test_a_link_may_name_one_of_several_pictures(sim: SimulatedGuild) -> None:
    photos = await photos_from(sim, "photo.jpg", "tall.jpg")
    await sim.alice.slash(sim.channel, "remix", url=f"{photos.jump_url}#2", prompt="x", size="1K")
    assert sim.relay_requests[0]["image"] == photos.attachments[1].url
    beyond = f"{photos.jump_url}#3"
    result = await sim.alice.slash(sim.channel, "remix", url=beyond, prompt="x", size="1K")
    assert "There are 2 pictures there" in text_of(result.followups[0].message)


@pytest.mark.parametrize(("said", "ratio"), [({}, "9:16"), ({"ratio": "3:2"}, "3:2")])
async def test_a_remix_by_command_keeps_the_pictures_ratio_unless_another_is_chosen(
    sim: SimulatedGuild, said: dict[str, str], ratio: str
) -> None:
    await change_settings(sim, ratio="21:9")
    photo = await photos_from(sim, "tall.jpg")
    await sim.alice.slash(sim.channel, "remix", url=photo.jump_url, prompt="x", size="1K", **said)
    assert sim.relay_requests[0]["aspectRatio"] == ratio


async def test_an_avatar_is_remixed(sim: SimulatedGuild) -> None:
    sim.env.backend.users[sim.bob.id].avatar = "f" * 32
    shown = await sim.alice.context_menu(sim.channel, "Remix avatar", sim.bob)
    assert list(fields_of(shown)) == ["Prompt", "Ratio", "Size"]
    assert chosen_in(fields_of(shown)["Ratio"]) == "1:1"
    await sim.fill(sim.alice, shown, prompt="as a knight", size="1K")
    assert f"/avatars/{sim.bob.id}/{'f' * 32}.png?size=1024" in sim.relay_requests[0]["image"]


async def test_a_server_avatar_takes_precedence_over_the_users_own(sim: SimulatedGuild) -> None:
    member = sim.env.backend.get_guild(sim.guild.id).members[sim.bob.id]
    member.avatar = "a" * 32
    shown = await sim.alice.context_menu(sim.channel, "Remix avatar", sim.bob)
    await sim.fill(sim.alice, shown, prompt="as a knight", size="1K")
    assert f"/guilds/{sim.guild.id}/users/{sim.bob.id}/avatars/" in sim.relay_requests[0]["image"]


async def test_the_menus_have_names_in_each_language(sim: SimulatedGuild) -> None:
    (sync,) = [request for request in sim.env.http_requests if request.method == "PUT"]
    names = {command["name"]: command["name_localizations"] for command in sync.json if command["type"] != 1}
    assert names == {
        "Remix": {"zh-CN": "改图", "zh-TW": "改圖"},
        "Remix avatar": {"zh-CN": "用头像改图", "zh-TW": "用頭像改圖"},
        "Pause pictures": {"zh-CN": "暂停画图", "zh-TW": "暫停畫圖"},
    }
