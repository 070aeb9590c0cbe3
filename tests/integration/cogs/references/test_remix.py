"""/remix and /remix-file: accepted references, and the calls of the relay."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import discord
import pytest
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.test_utils import TestServer
from simcord.backend.cdn import CDN_BASE

from bot.config import Settings
from bot.domain.ports import Relay
from bot.pictures.sniff import sniff
from bot.providers.credentials import StaticCredentialProvider
from bot.providers.relay.artifact_store import ArtifactStore
from bot.providers.relay.publishing import PublishingRelay
from bot.sources.guard import Guard
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import file_urls, gallery_of, text_of
from tests.support.in_process.relay_control import RelayControl
from tests.support.photos import photo

PHOTO = photo(640, 480)


async def photo_from(sim: SimulatedGuild, name: str = "photo.jpg", data: bytes = PHOTO) -> discord.Message:
    return await sim.bob.send(sim.channel, "look", attachments=[(name, data)])


async def test_an_uploaded_picture_is_remixed(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "remix-file", image=("photo.jpg", PHOTO), prompt="at night", size="1K")
    assert gallery_of(sim.message)
    assert sim.relay_requests[0]["image"].endswith("photo.jpg")
    assert sim.relay_requests[0]["prompt"] == "at night"


async def test_a_message_link_resolves_to_the_picture_of_the_fetched_message(sim: SimulatedGuild) -> None:
    photo = await photo_from(sim)
    await sim.alice.slash(sim.channel, "remix", url=f"<{photo.jump_url}>", prompt="at night", size="1K")
    assert gallery_of(sim.message)
    assert sim.relay_requests[0]["image"] == photo.attachments[0].url
    fetched = f"/channels/{sim.channel.id}/messages/{photo.id}"
    assert any(request.path == fetched for request in sim.env.http_requests)


async def test_a_link_to_the_bots_own_card_resolves_to_its_picture(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    card = sim.message
    await sim.bob.slash(sim.channel, "remix", url=card.jump_url, prompt="in winter", size="1K")
    assert gallery_of(sim.message)
    assert sim.relay_requests[1]["image"] == file_urls(card)[0]


async def test_a_link_to_a_message_without_a_picture_is_refused(sim: SimulatedGuild) -> None:
    words = await sim.bob.send(sim.channel, "only words")
    await sim.alice.slash(sim.channel, "remix", url=words.jump_url, prompt="x")
    assert "message has no picture" in sim.card
    assert not sim.relay_requests


async def test_a_picture_in_a_channel_the_member_cannot_read_is_refused(sim: SimulatedGuild) -> None:
    hidden = sim.guild.create_text_channel(
        "staff",
        overwrites={sim.guild.default_role: discord.PermissionOverwrite(view_channel=False)},
    )
    link = f"https://discord.com/channels/{sim.guild.id}/{hidden.id}/123"
    await sim.alice.slash(sim.channel, "remix", url=link, prompt="x")
    assert "can't read that message" in sim.card
    assert not any(f"/channels/{hidden.id}/messages" in request.path for request in sim.env.http_requests)


async def test_a_link_to_a_deleted_message_is_refused(sim: SimulatedGuild) -> None:
    link = f"https://discord.com/channels/{sim.guild.id}/{sim.channel.id}/123"
    await sim.alice.slash(sim.channel, "remix", url=link, prompt="x")
    assert "can't read that message" in sim.card


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
    ],
)
async def test_private_addresses_are_refused(sim: SimulatedGuild, url: str) -> None:
    knocks: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        knocks.append(request.path)
        return web.Response(body=PHOTO, content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    async with TestServer(app) as server:
        await sim.alice.slash(
            sim.channel, "remix", url=url.format(port=server.make_url("/").port), prompt="x"
        )
    assert "isn't public" in sim.card
    assert not knocks and not sim.relay_requests


async def test_an_incomplete_link_is_refused(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "remix", url="example.com/x.png", prompt="x")
    assert "isn't a complete link" in sim.card
    assert not sim.relay_requests


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("notes.txt", b"words", "no picture at that link"),
        ("drawing.svg", b"<svg/>", "file type isn't supported"),
        ("huge.png", b"x" * 50_000_001, "too large"),
    ],
)
async def test_an_upload_beyond_the_relays_limits_is_refused_at_once(
    sim: SimulatedGuild, name: str, data: bytes, says: str
) -> None:
    await sim.alice.slash(sim.channel, "remix-file", image=(name, data), prompt="x")
    assert says in sim.card
    assert not sim.relay_requests


async def test_a_remix_of_a_spoilered_picture_stays_a_spoiler(sim: SimulatedGuild) -> None:
    photo = await photo_from(sim, "SPOILER_photo.jpg")
    await sim.alice.slash(sim.channel, "remix", url=photo.jump_url, prompt="x", size="1K")
    assert all(item.spoiler for item in gallery_of(sim.message))


async def test_a_blocked_reference_says_which_side_was_blocked(sim: SimulatedGuild) -> None:
    photo = await photo_from(sim)
    await sim.alice.slash(sim.channel, "remix", url=photo.jump_url, prompt="blocked-copyright", size="1K")
    assert "refused your picture" in sim.card.replace("*", "")


async def test_again_on_a_remix_fetches_a_fresh_link(sim: SimulatedGuild) -> None:
    photo = await photo_from(sim)
    await sim.alice.slash(sim.channel, "remix", url=photo.jump_url, prompt="at night", size="1K")
    before = fetches(sim, photo)
    await sim.press(sim.alice, "Again")
    assert fetches(sim, photo) == before + 1
    assert len(sim.relay_requests) == 2


async def test_again_on_a_remix_of_a_deleted_message_is_refused(sim: SimulatedGuild) -> None:
    photo = await photo_from(sim)
    await sim.alice.slash(sim.channel, "remix", url=photo.jump_url, prompt="at night", size="1K")
    card = sim.message
    await sim.bob.delete(photo)
    await sim.press(sim.alice, "Again", card)
    assert "can't read that message" in sim.card


def fetches(sim: SimulatedGuild, message: Any) -> int:
    path = f"/channels/{sim.channel.id}/messages/{message.id}"
    return sum(request.path == path and request.method == "GET" for request in sim.env.http_requests)


async def test_a_picture_that_the_relay_cannot_fetch_is_published_where_that_is_enabled(
    tmp_path: Path,
) -> None:
    async with ClientSession(connector=TCPConnector(force_close=True)) as session:

        def wrap_relay(inner: Relay, settings: Settings, relay: RelayControl) -> PublishingRelay:
            url, token = settings.relay_url or "", settings.relay_token
            credentials = StaticCredentialProvider(url, token.reveal() if token else "")
            artifacts = ArtifactStore(session, credentials, Guard(sniff=sniff, timeout=3600))
            hosts = {str(urlsplit(CDN_BASE).hostname)}
            return PublishingRelay(inner, artifacts, fetch=relay.fetch, sniff=sniff, hosts=hosts)

        async with open_simulation(tmp_path, wrap_relay=wrap_relay) as sim:
            photo = await photo_from(sim)
            await sim.alice.slash(
                sim.channel, "remix", url=photo.jump_url, prompt="unreachable-reference", size="1K"
            )
            assert gallery_of(sim.message)
            first, second = [asked["image"] for asked in sim.relay_requests if "image" in asked]
            assert first == photo.attachments[0].url
            assert second.startswith(sim.app.settings.relay_url)


async def test_another_members_upload_is_repeated_but_not_edited(sim: SimulatedGuild) -> None:
    options = {"image": ("photo.jpg", PHOTO), "prompt": "at night", "size": "1K"}
    await sim.alice.slash(sim.channel, "remix-file", **options)
    card = sim.message
    refused = await sim.press(sim.bob, "Edit", card)
    assert refused.ephemeral and "Someone else uploaded" in text_of(refused.response.message)
    await sim.press(sim.bob, "Again", card)
    assert sim.relay_requests[1] == sim.relay_requests[0]
    refused = await sim.press(sim.bob, "Edit", sim.message)
    assert "Someone else uploaded" in text_of(refused.response.message)
    assert (await sim.press(sim.alice, "Edit", card)).modal
