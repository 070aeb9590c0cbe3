"""A reference that the relay can't fetch from Discord is published, and the call tried once more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.demo.painter.paint import encode, paint
from bot.demo.relay.server import DemoRelay
from bot.domain.errors import BotError, PromptBlocked, ReferenceUnusable
from bot.domain.models import ImageRequest, Picture, PictureFormat
from bot.pictures.sniff import sniff
from bot.pictures.verify import Verifier
from bot.providers.artifacts import Artifacts
from bot.providers.credentials import FixedCredentials
from bot.providers.publishing import PublishingRelay
from bot.providers.relay import RelayClient

PHOTO = encode(paint("a castle on a hill", width=320, height=240), "jpeg")
DISCORDS = "https://cdn.discordapp.com/attachments/1/2/photo.jpg?ex=1&is=2&hm=3"
ASK = ImageRequest(prompt="at night, unreachable-reference", size="1K", reference=DISCORDS)


class Stand:
    """The simulated relay with its client and its upload, and what Discord keeps."""

    def __init__(self, relay: RelayClient, artifacts: Artifacts) -> None:
        self.relay = relay
        self.artifacts = artifacts
        self.kept = PHOTO
        self.fetched: list[str] = []
        self.asked: list[str | None] = []
        self.published: list[str] = []
        self.publishing = PublishingRelay(self, self, fetch=self.fetch, sniff=sniff)

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Note what the relay is asked."""
        self.asked.append(request.reference)
        return await self.relay.generate(request, into)

    async def publish(self, picture: bytes, form: PictureFormat) -> str:
        """Note what is published."""
        self.published.append(await self.artifacts.publish(picture, form))
        return self.published[-1]

    async def fetch(self, url: str) -> bytes:
        """Read what Discord keeps."""
        self.fetched.append(url)
        await asyncio.sleep(0)
        if not self.kept:
            raise ReferenceUnusable("unreachable", "HTTP 404")
        return self.kept


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    with closing(Verifier(max_pixels=50_000_000)) as verify:
        async with DemoRelay(delay=0, token="right").serve() as url, ClientSession() as session:
            credentials = FixedCredentials(url, "right")
            yield Stand(RelayClient(session, credentials, verify=verify), Artifacts(session, credentials))


async def refused(stand: Stand, request: ImageRequest, into: Path) -> BotError:
    with pytest.raises(BotError) as caught:
        await stand.publishing.generate(request, into)
    return caught.value


async def test_a_picture_that_the_relay_cannot_fetch_is_published_and_drawn_from(
    stand: Stand, tmp_path: Path
) -> None:
    picture = await stand.publishing.generate(ASK, tmp_path)
    assert picture.width == 1024
    assert stand.asked == [DISCORDS, stand.published[0]]
    async with ClientSession() as session, session.get(stand.published[0]) as shown:
        assert await shown.read() == PHOTO and shown.content_type == "image/jpeg"


async def test_a_picture_is_published_once_however_many_draw_from_it(stand: Stand, tmp_path: Path) -> None:
    signed_anew = replace(ASK, reference=DISCORDS.replace("hm=3", "hm=4"))
    await asyncio.gather(
        *(stand.publishing.generate(request, tmp_path) for request in (ASK, ASK, ASK, signed_anew))
    )
    assert len(stand.published) == 1 and len(stand.fetched) == 1
    assert len(stand.asked) == 8


async def test_strangers_pictures_are_never_published(stand: Stand, tmp_path: Path) -> None:
    for url in (
        "https://example.com/photo.jpg",
        "https://cdn.discordapp.com.example.com/photo.jpg",
        "https://example.com/cdn.discordapp.com/photo.jpg",
        "https://cdn.discordapp.com@example.com/photo.jpg",
    ):
        error = await refused(stand, replace(ASK, reference=url), tmp_path)
        assert isinstance(error, ReferenceUnusable) and error.problem == "unreachable"
    assert not stand.fetched and not stand.published


async def test_nothing_is_published_for_another_reason(stand: Stand, tmp_path: Path) -> None:
    request = replace(ASK, prompt="blocked-prompt")
    assert isinstance(await refused(stand, request, tmp_path), PromptBlocked)
    assert not stand.published


@pytest.mark.parametrize("kept", [b"", b"<html>words</html>", b"MZ" + bytes(200)])
async def test_only_pictures_are_published(stand: Stand, tmp_path: Path, kept: bytes) -> None:
    stand.kept = kept
    error = await refused(stand, ASK, tmp_path)
    assert isinstance(error, ReferenceUnusable) and error.problem == "unreachable"
    assert not stand.published and stand.asked == [DISCORDS]


async def test_who_cannot_publish_is_told_what_was_wrong_first(stand: Stand, tmp_path: Path) -> None:
    async with ClientSession() as session:
        stand.artifacts = Artifacts(session, FixedCredentials("http://127.0.0.1:9", "right"))
        error = await refused(stand, ASK, tmp_path)
    assert isinstance(error, ReferenceUnusable) and error.problem == "unreachable"


async def test_what_fails_once_is_tried_anew_with_the_next_request(stand: Stand, tmp_path: Path) -> None:
    stand.kept = b""
    await refused(stand, ASK, tmp_path)
    stand.kept = PHOTO
    await stand.publishing.generate(ASK, tmp_path)
    assert len(stand.published) == 1
