"""Publishing a reference that the relay can't fetch from Discord, and retrying the call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.demo.relay.server import DemoRelay
from bot.domain.errors import BotError, PromptBlocked, ReferenceUnusable
from bot.domain.models import ImageRequest, Picture, PictureFormat
from bot.pictures.checks.verify import Verifier
from bot.pictures.sniff import sniff
from bot.providers.credentials import StaticCredentialProvider
from bot.providers.relay.artifact_store import ArtifactStore
from bot.providers.relay.client import RelayClient
from bot.providers.relay.publishing import PublishingRelay
from bot.sources.guard import Guard
from tests.support.photos import photo
from tests.support.relay.clients import relay_client

PHOTO = photo(320, 240)
DISCORD_URL = "https://cdn.discordapp.com/attachments/1/2/photo.jpg?ex=1&is=2&hm=3"
ASK = ImageRequest(prompt="at night, unreachable-reference", size="1K", reference=DISCORD_URL)


class Bench:
    """The simulated relay with its client and artifact store, and a file on Discord's CDN."""

    def __init__(self, relay: RelayClient, artifacts: ArtifactStore) -> None:
        self.relay = relay
        self.artifacts = artifacts
        self.kept = PHOTO
        self.fetched: list[str] = []
        self.asked: list[str | None] = []
        self.published: list[str] = []
        self.gone: set[str] = set()
        self.publishing = PublishingRelay(self, self, fetch=self.fetch, sniff=sniff)

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Record the request."""
        self.asked.append(request.reference)
        if request.reference in self.gone:
            raise ReferenceUnusable("unreachable")
        return await self.relay.generate(request, into)

    async def publish(self, picture: bytes, form: PictureFormat) -> str:
        """Record the publication."""
        self.published.append(await self.artifacts.publish(picture, form))
        return self.published[-1]

    async def fetch(self, url: str) -> bytes:
        """Return the file on Discord's CDN."""
        self.fetched.append(url)
        await asyncio.sleep(0)
        if not self.kept:
            raise ReferenceUnusable("unreachable", "HTTP 404")
        return self.kept


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    with closing(Verifier(max_pixels=50_000_000)) as verifier:
        async with DemoRelay(delay=0, token="right", ready=True).serve() as url, ClientSession() as session:
            credentials = StaticCredentialProvider(url, "right")
            client = relay_client(session, credentials, start_check=verifier.start_check)
            yield Bench(client, ArtifactStore(session, credentials, Guard(sniff=sniff, timeout=3600)))


async def refused(bench: Bench, request: ImageRequest, into: Path) -> BotError:
    with pytest.raises(BotError) as caught:
        await bench.publishing.generate(request, into)
    return caught.value


async def test_a_picture_that_the_relay_cannot_fetch_is_published(bench: Bench, tmp_path: Path) -> None:
    picture = await bench.publishing.generate(ASK, tmp_path)
    assert picture.width == 1024
    assert bench.asked == [DISCORD_URL, bench.published[0]]
    async with ClientSession() as session, session.get(bench.published[0]) as shown:
        assert await shown.read() == PHOTO and shown.content_type == "image/jpeg"


async def test_a_picture_is_published_once_for_concurrent_requests(bench: Bench, tmp_path: Path) -> None:
    signed_anew = replace(ASK, reference=DISCORD_URL.replace("hm=3", "hm=4"))
    await asyncio.gather(
        *(bench.publishing.generate(request, tmp_path) for request in (ASK, ASK, ASK, signed_anew))
    )
    assert len(bench.published) == 1 and len(bench.fetched) == 1
    assert len(bench.asked) == 8


async def test_a_published_url_that_no_longer_opens_is_published_anew(bench: Bench, tmp_path: Path) -> None:
    await bench.publishing.generate(ASK, tmp_path)
    (gone,) = bench.published
    bench.gone = {gone}
    await bench.publishing.generate(ASK, tmp_path)
    assert len(bench.published) == 2
    assert bench.asked[-3:] == [DISCORD_URL, gone, bench.published[-1]]


async def test_pictures_of_other_hosts_are_never_published(bench: Bench, tmp_path: Path) -> None:
    for url in (
        "https://example.com/photo.jpg",
        "https://cdn.discordapp.com.example.com/photo.jpg",
        "https://example.com/cdn.discordapp.com/photo.jpg",
        "https://cdn.discordapp.com@example.com/photo.jpg",
    ):
        error = await refused(bench, replace(ASK, reference=url), tmp_path)
        assert isinstance(error, ReferenceUnusable) and error.problem == "unreachable"
    assert not bench.fetched and not bench.published


async def test_nothing_is_published_after_other_errors(bench: Bench, tmp_path: Path) -> None:
    request = replace(ASK, prompt="blocked-prompt")
    assert isinstance(await refused(bench, request, tmp_path), PromptBlocked)
    assert not bench.published


@pytest.mark.parametrize("kept", [b"", b"<html>words</html>", b"MZ" + bytes(200)])
async def test_only_pictures_are_published(bench: Bench, tmp_path: Path, kept: bytes) -> None:
    bench.kept = kept
    error = await refused(bench, ASK, tmp_path)
    assert isinstance(error, ReferenceUnusable) and error.problem == "unreachable"
    assert not bench.published and bench.asked == [DISCORD_URL]


async def test_a_failed_publication_raises_the_original_error(bench: Bench, tmp_path: Path) -> None:
    async with ClientSession() as session:
        bench.artifacts = ArtifactStore(
            session, StaticCredentialProvider("http://127.0.0.1:9", "right"), Guard(sniff=sniff, timeout=3600)
        )
        error = await refused(bench, ASK, tmp_path)
    assert isinstance(error, ReferenceUnusable) and error.problem == "unreachable"


async def test_a_failed_publication_is_retried_by_the_next_request(bench: Bench, tmp_path: Path) -> None:
    bench.kept = b""
    await refused(bench, ASK, tmp_path)
    bench.kept = PHOTO
    await bench.publishing.generate(ASK, tmp_path)
    assert len(bench.published) == 1
