"""Apps → Remix and Apps → Remix avatar."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest

from bot.demo.painter.paint import encode, paint
from tests.support.in_process.guild import BLIND, Town, gallery_of, open_town, text_of

WIDE = encode(paint("a castle on a hill", width=640, height=360), "jpeg")
TALL = encode(paint("a tower by the sea", width=360, height=640), "jpeg")


async def photos_from(town: Town, *names: str) -> discord.Message:
    files = [(name, TALL if "tall" in name else WIDE) for name in names]
    message = await town.bob.send(town.channel, "look", attachments=files)
    # SimCord doesn't measure pictures, as Discord does.
    for stored in town.env.backend.get_message(town.channel.id, message.id).attachments:
        size = (360, 640) if "tall" in stored["filename"] else (640, 360)
        stored["width"], stored["height"] = size
    return message


def fields_of(shown: Any) -> dict[str, dict[str, Any]]:
    return {label["label"]: label["component"] for label in shown.modal["components"]}


def chosen_in(field: dict[str, Any]) -> str:
    (value,) = [option["value"] for option in field["options"] if option.get("default")]
    return value


async def test_anybodys_picture_is_remixed_with_no_privileged_intent(tmp_path: Path) -> None:
    async with open_town(tmp_path, approved=BLIND) as town:
        photo = await photos_from(town, "photo.jpg")
        shown = await town.alice.context_menu(town.channel, "Remix", photo)
        assert list(fields_of(shown)) == ["Prompt", "Ratio", "Size"]
        await town.fill(town.alice, shown, prompt="at night", size="1K")
        assert gallery_of(town.message)
        assert town.asked[0]["image"] == photo.attachments[0].url
        assert town.asked[0]["prompt"] == "at night"


async def test_the_form_is_the_first_answer_and_nothing_is_fetched_before(town: Town) -> None:
    photo = await photos_from(town, "photo.jpg")
    before = len(town.env.http_requests)
    shown = await town.alice.context_menu(town.channel, "Remix", photo)
    assert shown.modal
    assert [request.path.rpartition("/")[2] for request in town.env.http_requests[before:]] == ["callback"]


@pytest.mark.parametrize(("name", "ratio"), [("photo.jpg", "16:9"), ("tall.jpg", "9:16")])
async def test_the_form_offers_the_pictures_own_ratio(town: Town, name: str, ratio: str) -> None:
    shown = await town.alice.context_menu(town.channel, "Remix", await photos_from(town, name))
    assert chosen_in(fields_of(shown)["Ratio"]) == ratio


async def test_one_of_several_pictures_is_chosen(town: Town) -> None:
    photos = await photos_from(town, "photo.jpg", "tall.jpg", "last.jpg")
    shown = await town.alice.context_menu(town.channel, "Remix", photos)
    options = fields_of(shown)["Which picture"]["options"]
    assert [option["label"] for option in options] == ["1 · 640×360", "2 · 360×640", "3 · 640×360"]
    assert [option["description"] for option in options] == ["photo.jpg", "tall.jpg", "last.jpg"]
    await town.fill(town.alice, shown, prompt="at night", which_picture="2", size="1K")
    assert town.asked[0]["image"] == photos.attachments[1].url
    await town.press(town.alice, "Again")
    assert town.asked[1]["image"] == photos.attachments[1].url


async def test_a_card_of_the_bots_own_is_remixed(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K", count=2)
    card = town.message
    shown = await town.bob.context_menu(town.channel, "Remix", card)
    await town.fill(town.bob, shown, prompt="in winter", which_picture="2", size="1K")
    assert town.asked[2]["image"] == card.attachments[1].url


async def test_a_message_without_a_picture_is_told_so_to_its_asker_alone(town: Town) -> None:
    words = await town.bob.send(town.channel, "only words")
    result = await town.alice.context_menu(town.channel, "Remix", words)
    assert result.ephemeral and "no picture in that message" in text_of(result.response.message)


async def test_a_remix_of_a_spoilered_picture_stays_a_spoiler(town: Town) -> None:
    photo = await photos_from(town, "SPOILER_photo.jpg")
    shown = await town.alice.context_menu(town.channel, "Remix", photo)
    await town.fill(town.alice, shown, prompt="at night", size="1K")
    assert all(item.spoiler for item in gallery_of(town.message))


async def test_again_works_as_long_as_the_link_opens_that_the_bot_was_shown(tmp_path: Path) -> None:
    async with open_town(tmp_path, approved=BLIND) as town:
        photo = await photos_from(town, "photo.jpg")
        shown = await town.alice.context_menu(town.channel, "Remix", photo)
        await town.fill(town.alice, shown, prompt="at night", size="1K")
        card = town.message
        await town.press(town.alice, "Again", card)
        assert town.asked[1]["image"] == photo.attachments[0].url
        await town.bob.delete(photo)
        await town.press(town.alice, "Again", card)
        assert "can't be read here" in town.card and len(town.asked) == 2


async def test_again_says_where_to_go_once_the_link_has_expired(tmp_path: Path) -> None:
    async with open_town(tmp_path, approved=BLIND) as town:
        photo = await photos_from(town, "photo.jpg")
        (stored,) = town.env.backend.get_message(town.channel.id, photo.id).attachments
        stored["url"] += f"?ex={int(town.env.now().timestamp()) + 60:x}&is=0&hm=0"
        shown = await town.alice.context_menu(town.channel, "Remix", photo)
        await town.fill(town.alice, shown, prompt="at night", size="1K")
        await town.press(town.alice, "Again")
        assert "Apps → Remix" in town.card


async def test_a_link_to_a_picture_that_discord_hides_points_to_the_menu(tmp_path: Path) -> None:
    async with open_town(tmp_path, approved=BLIND) as town:
        photo = await photos_from(town, "photo.jpg")
        await town.alice.slash(town.channel, "remix", url=photo.jump_url, prompt="x")
        assert "Apps → Remix" in town.card
        assert not town.asked


async def test_a_link_may_name_one_of_several_pictures(town: Town) -> None:
    photos = await photos_from(town, "photo.jpg", "tall.jpg")
    await town.alice.slash(town.channel, "remix", url=f"{photos.jump_url}#2", prompt="x", size="1K")
    assert town.asked[0]["image"] == photos.attachments[1].url
    beyond = f"{photos.jump_url}#3"
    result = await town.alice.slash(town.channel, "remix", url=beyond, prompt="x", size="1K")
    assert "There are 2 pictures there" in text_of(result.followups[0].message)


async def test_an_avatar_is_remixed(town: Town) -> None:
    town.env.backend.users[town.bob.id].avatar = "f" * 32
    shown = await town.alice.context_menu(town.channel, "Remix avatar", town.bob)
    assert list(fields_of(shown)) == ["Prompt", "Ratio", "Size"]
    assert chosen_in(fields_of(shown)["Ratio"]) == "1:1"
    await town.fill(town.alice, shown, prompt="as a knight", size="1K")
    assert f"/avatars/{town.bob.id}/{'f' * 32}.png?size=1024" in town.asked[0]["image"]


async def test_the_avatar_of_a_server_goes_before_a_persons_own(town: Town) -> None:
    member = town.env.backend.get_guild(town.guild.id).members[town.bob.id]
    member.avatar = "a" * 32
    shown = await town.alice.context_menu(town.channel, "Remix avatar", town.bob)
    await town.fill(town.alice, shown, prompt="as a knight", size="1K")
    assert f"/guilds/{town.guild.id}/users/{town.bob.id}/avatars/" in town.asked[0]["image"]


async def test_the_menus_have_their_names_in_each_language(town: Town) -> None:
    (sync,) = [request for request in town.env.http_requests if request.method == "PUT"]
    names = {command["name"]: command["name_localizations"] for command in sync.json if command["type"] != 1}
    assert names == {
        "Remix": {"zh-CN": "改图", "zh-TW": "改圖"},
        "Remix avatar": {"zh-CN": "改头像", "zh-TW": "改頭像"},
        "Pause pictures": {"zh-CN": "暂停画图", "zh-TW": "暫停畫圖"},
    }
