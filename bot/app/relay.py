"""Opens the relay alone: the clients of every model behind one router."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from threading import Lock

import aiohttp

from bot.config.settings import Settings
from bot.domain.errors import OperatorError
from bot.domain.ports import Relay, ResultAddresses, UrlGuard
from bot.pictures.checks.verify import Verifier
from bot.pictures.measured import MeasuredCheck
from bot.pictures.sniff import sniff
from bot.providers.credentials import CredentialProvider, HelperCredentialProvider, StaticCredentialProvider
from bot.providers.factory import create_clients
from bot.providers.measured_client import MeasuredClient
from bot.providers.relay.artifact_store import ArtifactStore
from bot.providers.relay.publishing import PublishingRelay
from bot.providers.router import ModelRouter
from bot.providers.service_checks import ServiceCheck, check_services
from bot.providers.wire.picture_calls import PictureCalls
from bot.providers.wire.reply import Pause, no_pause
from bot.providers.wire.result_addresses import NOT_KEPT
from bot.telemetry.recorder import NOT_RECORDED, Recorder

MAX_PIXELS = 50_000_000
"""Three times the pixels of 4K; a reply that declares more would exhaust memory when decoded."""

Fetch = Callable[[str], Awaitable[bytes]]
ServeDemoRelay = Callable[[Fetch], AbstractAsyncContextManager[str]]
"""Serves the simulated relay, which fetches references with the argument; yields its URL."""

DEMO_RELAY_MISSING = (
    "RELAY_URL=demo names the simulated relay, which only the command line starts: run “jimeng-bot run”, or "
    "start “python -m bot.demo.relay” and write its address in RELAY_URL and any word in RELAY_TOKEN."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRelay:
    """A relay ready for calls; ``check`` says what was found of each service."""

    images: Relay
    check: Callable[[], Awaitable[Sequence[ServiceCheck]]]


@asynccontextmanager
async def open_relay(
    settings: Settings,
    guard: UrlGuard,
    serve_demo_relay: ServeDemoRelay | None = None,
    *,
    addresses: ResultAddresses = NOT_KEPT,
    heavy: Lock | None = None,
    pause: Pause = no_pause,
    recorder: Recorder = NOT_RECORDED,
) -> AsyncGenerator[OpenRelay]:
    """Open the relay alone, without a database or a folder; ``guard`` fetches references to publish.

    ``addresses`` keeps those of results; ``heavy`` is that of ``Verifier``, ``pause`` that of
    ``PictureCalls``; ``recorder`` is told of each call and check.
    """
    async with AsyncExitStack() as stack:
        # One connection per call: reading stops as soon as the picture is complete, so no connection can be
        # reused; the runner already limits how many calls are open.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        credentials = await _credentials(settings, stack, guard, serve_demo_relay)
        verifier = stack.enter_context(closing(Verifier(max_pixels=MAX_PIXELS, heavy=heavy)))
        calls = PictureCalls(
            session,
            start_check=lambda: MeasuredCheck(verifier.start_check(), recorder),
            download=guard.download,
            addresses=addresses,
            pause=pause,
            timeout=settings.relay_timeout,
        )
        models = settings.catalogue
        created = create_clients(
            models,
            calls,
            credentials,
            keys={name: key.reveal() for name, key in settings.provider_keys.items()},
            fetch=guard.fetch,
            sniff=sniff,
        )
        service = models.services.of
        clients = {
            model.id: MeasuredClient(created[model.id], model, service(model.id), recorder)
            for model in models
        }
        images: dict[str, Relay] = dict(clients)
        if settings.publish_references:
            artifacts = ArtifactStore(session, credentials, guard)
            for model in models:
                if model.provider == "relay":
                    images[model.id] = PublishingRelay(
                        clients[model.id], artifacts, fetch=guard.fetch, sniff=sniff
                    )
        yield OpenRelay(images=ModelRouter(models, images), check=partial(check_services, models, clients))


async def _credentials(
    settings: Settings, stack: AsyncExitStack, guard: UrlGuard, serve_demo_relay: ServeDemoRelay | None
) -> CredentialProvider:
    if settings.demo_relay:
        if serve_demo_relay is None:
            raise OperatorError(DEMO_RELAY_MISSING)
        url = await stack.enter_async_context(serve_demo_relay(guard.fetch))
        return StaticCredentialProvider(url, secrets.token_hex(16))
    if settings.relay_url and settings.relay_token:
        return StaticCredentialProvider(settings.relay_url, settings.relay_token.reveal())
    return HelperCredentialProvider(
        settings.relay_auth_command, settings.relay_auth_file, url=settings.relay_url
    )
