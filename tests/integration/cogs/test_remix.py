"""/remix and /remix-file: what may be given, and what the relay is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import discord
import pytest
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.test_utils import TestServer
from simcord.backend.cdn import CDN_BASE

from bot.app import App
from bot.demo.painter.paint import encode, paint
from bot.pictures.sniff import sniff
from bot.providers.artifacts import Artifacts
from bot.providers.credentials import FixedCredentials
from bot.providers.publishing import PublishingRelay
from tests.support.in_process.guild import Town, World, gallery_of, open_town

PHOTO = encode(paint("a castle on a hill", width=640, height=480), "jpeg")


async def photo_from(town: Town, name: str = "photo.jpg", data: bytes = PHOTO) -> discord.Message:
    return await town.bob.send(town.channel, "look", attachments=[(name, data)])


async def test_an_uploaded_picture_is_remixed(town: Town) -> None:
    await town.alice.slash(
        town.channel, "remix-file", image=("photo.jpg", PHOTO), prompt="at night", size="1K"
    )
    assert gallery_of(town.message)
    assert town.asked[0]["image"].endswith("photo.jpg")
    assert town.asked[0]["prompt"] == "at night"


async def test_a_message_link_gives_the_freshly_fetched_messages_picture(town: Town) -> None:
    photo = await photo_from(town)
    await town.alice.slash(town.channel, "remix", url=f"<{photo.jump_url}>", prompt="at night", size="1K")
    assert gallery_of(town.message)
    assert town.asked[0]["image"] == photo.attachments[0].url
    fetched = f"/channels/{town.channel.id}/messages/{photo.id}"
    assert any(request.path == fetched for request in town.env.http_requests)


async def test_a_link_to_the_bots_own_card_gives_its_picture(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    card = town.message
    await town.bob.slash(town.channel, "remix", url=card.jump_url, prompt="in winter", size="1K")
    assert gallery_of(town.message)
    assert town.asked[1]["image"] == card.attachments[0].url


async def test_a_message_without_a_picture_is_told_so(town: Town) -> None:
    words = await town.bob.send(town.channel, "only words")
    await town.alice.slash(town.channel, "remix", url=words.jump_url, prompt="x")
    assert "no picture in that message" in town.card
    assert not town.asked


async def test_a_channel_the_person_cannot_see_stays_closed_to_them(town: Town) -> None:
    hidden = town.guild.create_text_channel(
        "staff",
        overwrites={town.guild.default_role: discord.PermissionOverwrite(view_channel=False)},
    )
    link = f"https://discord.com/channels/{town.guild.id}/{hidden.id}/123"
    await town.alice.slash(town.channel, "remix", url=link, prompt="x")
    assert "can't be read here" in town.card
    assert not any(f"/channels/{hidden.id}/messages" in request.path for request in town.env.http_requests)


async def test_a_deleted_message_is_told_so(town: Town) -> None:
    link = f"https://discord.com/channels/{town.guild.id}/{town.channel.id}/123"
    await town.alice.slash(town.channel, "remix", url=link, prompt="x")
    assert "can't be read here" in town.card


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://2130706433:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "ftp://example.com/a.png",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "not a url",
    ],
)
async def test_nothing_inside_can_be_reached(town: Town, url: str) -> None:
    knocks: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        knocks.append(request.path)
        return web.Response(body=PHOTO, content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    async with TestServer(app) as server:
        await town.alice.slash(
            town.channel, "remix", url=url.format(port=server.make_url("/").port), prompt="x"
        )
    assert "isn't a public one" in town.card
    assert not knocks and not town.asked


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("notes.txt", b"words", "no picture at that address"),
        ("drawing.svg", b"<svg/>", "kind of picture can't be used"),
        ("huge.png", b"x" * 10_000_001, "too big"),
    ],
)
async def test_an_upload_the_relay_would_refuse_is_refused_at_once(
    town: Town, name: str, data: bytes, says: str
) -> None:
    await town.alice.slash(town.channel, "remix-file", image=(name, data), prompt="x")
    assert says in town.card
    assert not town.asked


async def test_a_remix_of_a_spoilered_picture_stays_a_spoiler(town: Town) -> None:
    photo = await photo_from(town, "SPOILER_photo.jpg")
    await town.alice.slash(town.channel, "remix", url=photo.jump_url, prompt="x", size="1K")
    assert all(item.spoiler for item in gallery_of(town.message))


async def test_a_blocked_reference_says_which_side_was_blocked(town: Town) -> None:
    photo = await photo_from(town)
    await town.alice.slash(town.channel, "remix", url=photo.jump_url, prompt="blocked-copyright", size="1K")
    assert "refused the picture you gave" in town.card.replace("*", "")


async def test_again_on_a_remix_asks_for_a_fresh_link(town: Town) -> None:
    photo = await photo_from(town)
    await town.alice.slash(town.channel, "remix", url=photo.jump_url, prompt="at night", size="1K")
    before = fetches(town, photo)
    await town.press(town.alice, "Again")
    assert fetches(town, photo) == before + 1
    assert len(town.asked) == 2


async def test_again_on_a_remix_of_a_deleted_message_says_so(town: Town) -> None:
    photo = await photo_from(town)
    await town.alice.slash(town.channel, "remix", url=photo.jump_url, prompt="at night", size="1K")
    card = town.message
    await town.bob.delete(photo)
    await town.press(town.alice, "Again", card)
    assert "can't be read here" in town.card


def fetches(town: Town, message: Any) -> int:
    path = f"/channels/{town.channel.id}/messages/{message.id}"
    return sum(request.path == path and request.method == "GET" for request in town.env.http_requests)


async def test_a_picture_that_the_relay_cannot_fetch_is_published_where_that_is_allowed(
    tmp_path: Path,
) -> None:
    async with ClientSession(connector=TCPConnector(force_close=True)) as session:

        def helped(app: App, world: World) -> PublishingRelay:
            url, token = app.settings.relay_url or "", app.settings.relay_token
            artifacts = Artifacts(session, FixedCredentials(url, token.reveal() if token else ""))
            hosts = {str(urlsplit(CDN_BASE).hostname)}
            return PublishingRelay(app.relay, artifacts, fetch=world.fetch, sniff=sniff, hosts=hosts)

        async with open_town(tmp_path, helped=helped) as town:
            photo = await photo_from(town)
            await town.alice.slash(
                town.channel, "remix", url=photo.jump_url, prompt="unreachable-reference", size="1K"
            )
            assert gallery_of(town.message)
            first, second = [asked["image"] for asked in town.asked if "image" in asked]
            assert first == photo.attachments[0].url
            assert second.startswith(town.app.settings.relay_url)
