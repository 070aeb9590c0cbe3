"""The background loops: leases are renewed whatever the other loops wait for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import discord
import pytest

from bot.app import App, open_app
from bot.config.settings import Settings
from bot.domain.models import Draft, ImageRequest, ReplyTo, Requester
from bot.gateway import lifecycle as lifecycle_module
from bot.gateway.headless import HeadlessWorker
from bot.gateway.lifecycle import Lifecycle
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.i18n.texts import Texts
from tests.support.runner_harness import ScriptedRelay

LEASE = 2.0


@pytest.fixture
def relay() -> ScriptedRelay:
    """A relay whose calls never end."""
    return ScriptedRelay(gate=asyncio.Event(), called=asyncio.Event())


@pytest.fixture
async def app(tmp_path: Path, relay: ScriptedRelay) -> AsyncGenerator[App]:
    environment = {
        "RELAY_URL": "http://127.0.0.1:9",
        "RELAY_TOKEN": "token",
        "DATA_DIR": str(tmp_path),
        "WORKER_LEASE": str(LEASE),
    }
    async with open_app(Settings.from_env(environment), wrap_relay=lambda _: relay) as app:
        yield app


@pytest.fixture
async def renewals(app: App, monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[set[int]]:
    """The job ids of each renewal of leases."""
    renew, renewed = app.stores.jobs.renew_leases, asyncio.Queue[set[int]]()

    async def recorded(job_ids: Collection[int], worker: str, lease: float) -> set[int]:
        renewed.put_nowait(set(job_ids))
        return await renew(job_ids, worker, lease)

    monkeypatch.setattr(app.stores.jobs, "renew_leases", recorded)
    return renewed


async def test_leases_are_renewed_while_a_progress_edit_hangs(
    app: App, relay: ScriptedRelay, renewals: asyncio.Queue[set[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_: DiscordDelivery) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(DiscordDelivery, "flush", hang)
    async with running_job(app, relay, monkeypatch):
        for _ in range(2):
            await renewals.get()


async def test_leases_are_renewed_during_a_drain(
    app: App, relay: ScriptedRelay, renewals: asyncio.Queue[set[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_job(app, relay, monkeypatch) as lifecycle:
        monkeypatch.setattr(lifecycle_module, "DRAIN_TIMEOUT", 60.0)
        draining = asyncio.create_task(lifecycle.drain())
        for _ in range(2):
            await renewals.get()
        assert not draining.done()
        monkeypatch.setattr(lifecycle_module, "DRAIN_TIMEOUT", 0.0)
        draining.cancel()
        await asyncio.wait({draining})


@asynccontextmanager
async def running_job(
    app: App, relay: ScriptedRelay, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Lifecycle]:
    """Run the loops beside a job whose relay call never ends."""
    monkeypatch.setattr(lifecycle_module, "DRAIN_TIMEOUT", 0.0)
    monkeypatch.setattr(lifecycle_module, "FLUSH_TIMEOUT", 0.1)
    texts = Texts.load()
    client = discord.Client(intents=discord.Intents.none())
    lifecycle = Lifecycle(app, client, Cards(texts, app.clock, app.settings.catalogue), texts, works=True)
    await lifecycle.open()
    try:
        await _submit(app)
        assert relay.called is not None
        await relay.called.wait()
        yield lifecycle
    finally:
        await lifecycle.drain()
        await lifecycle.close()


async def _submit(app: App) -> None:
    requester = Requester(
        user_id=1, channel_id=2, guild_id=None, locale="en", guild_locale=None, upload_limit=10_000_000
    )
    reply_to = ReplyTo(
        interaction_id=3, application_id=4, token="t", message_id=5, ephemeral=False, expires_at=1e12
    )
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"))
    request = await app.services.requests.prepare(draft, requester)
    assert await app.services.requests.submit(request, reply_to) is not None


async def test_a_worker_is_created_without_warnings_of_what_it_does_not_use(
    app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for warning in ("warn_nacl", "warn_dave"):
        monkeypatch.setattr(discord.VoiceClient, warning, True)
    with caplog.at_level(logging.WARNING):
        HeadlessWorker(app)
    assert caplog.messages == []
