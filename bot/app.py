"""The composition root: opens everything the bot needs in order and closes it in reverse."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import discord

from bot.config.settings import Settings
from bot.domain.errors import OperatorError
from bot.domain.models import DeliveredMessage, Job
from bot.domain.ports import Delivery, Fit, IdentifyLimiter, Originals, Relay, UrlGuard
from bot.pictures.fit import Fitter
from bot.pictures.originals import OriginalStore
from bot.pictures.sniff import HeaderReader, sniff
from bot.pictures.verify import Verifier
from bot.providers.artifact_store import ArtifactStore
from bot.providers.credentials import CredentialProvider, HelperCredentialProvider, StaticCredentialProvider
from bot.providers.publishing_relay import PublishingRelay
from bot.providers.relay import RelayClient
from bot.services.members import MemberService
from bot.services.moderation import ModerationService
from bot.services.privacy import PrivacyService
from bot.services.requests import ImageService
from bot.sources.guard import Guard
from bot.store.db.engine import open_engine
from bot.store.db.postgres import Listeners, listen
from bot.store.guilds import GuildStore
from bot.store.hints import HintStore
from bot.store.history import HistoryStore
from bot.store.members import MemberStore
from bot.store.moderation import ModerationStore
from bot.store.personal_data import PersonalDataStore
from bot.store.queue.card_leases import CardStore
from bot.store.queue.forecast import QueueForecast
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.relay_state import RelayState
from bot.store.shards.identify_limiter import open_identify_limiter
from bot.store.shards.locks import ShardLocks
from bot.store.styles import StyleStore
from bot.worker.circuit_breaker import RelayCircuitBreaker
from bot.worker.completion import Completion
from bot.worker.generation import PictureGenerator
from bot.worker.runner import Runner

MAX_PIXELS = 50_000_000
"""Three times the pixels of 4K; a reply that declares more would exhaust memory when decoded."""


@dataclass(slots=True)
class App:
    """What is open; a caller may put another ``relay`` in place before building a bot around it."""

    settings: Settings
    relay: Relay
    check_relay: Callable[[], Awaitable[str]]
    service: ImageService
    jobs: JobStore
    relay_state: RelayState
    guilds: GuildStore
    member_service: MemberService
    moderation_service: ModerationService
    originals: Originals
    privacy: PrivacyService
    shards: ShardLocks
    identify_limiter: IdentifyLimiter
    guard: UrlGuard
    fit: Fit
    clock: Callable[[], float]


@asynccontextmanager
async def open_app(settings: Settings, *, guard: UrlGuard | None = None) -> AsyncGenerator[App]:
    """Open the app; ``guard`` replaces the check of user-supplied URLs. Raises ``OperatorError``."""
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(_make_folder, settings.data_dir)
        engine = await stack.enter_async_context(open_engine(settings.database_url))
        url_guard = await stack.enter_async_context(Guard(sniff=HeaderReader))
        verifier = stack.enter_context(closing(Verifier(max_pixels=MAX_PIXELS)))
        fitter = await stack.enter_async_context(Fitter())
        # One connection per call: reading stops as soon as the picture is complete, so no connection can be
        # reused; the runner already limits how many calls are open.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        credentials = await _credentials(settings, stack, url_guard)
        limits = _limits(settings)
        jobs = JobStore(engine, settings.spool, limits)
        client = RelayClient(
            session,
            credentials,
            verify=verifier,
            timeout=settings.relay_timeout,
            default_model=settings.relay_models[0],
        )
        relay: Relay = client
        if settings.publish_references:
            artifacts = ArtifactStore(session, credentials)
            relay = PublishingRelay(client, artifacts, fetch=(guard or url_guard).fetch, sniff=sniff)
        guilds = GuildStore(engine, now)
        members, history = MemberStore(engine), HistoryStore(engine, settings.spool)
        member_service = MemberService(members, StyleStore(engine), history)
        service = ImageService(
            jobs,
            CardStore(engine, settings.spool),
            history,
            guilds,
            member_service,
            QueueForecast(engine, limits, capacity=settings.relay_concurrency),
            HintStore(engine),
            limits=limits,
            models=settings.relay_models,
            clock=now,
        )
        originals = OriginalStore(settings.originals_url)
        privacy = PrivacyService(
            PersonalDataStore(engine),
            guilds,
            members,
            originals,
            retention=settings.retention_days,
            clock=now,
        )
        listeners: Listeners = {
            "work": lambda _: service.notify(),
            "settings": guilds.invalidate,
            "preferences": members.invalidate,
        }
        await stack.enter_async_context(listen(engine, listeners))
        yield App(
            settings=settings,
            relay=relay,
            check_relay=client.check,
            service=service,
            jobs=jobs,
            relay_state=RelayState(engine, capacity=settings.relay_concurrency),
            guilds=guilds,
            member_service=member_service,
            moderation_service=ModerationService(
                ModerationStore(engine), jobs, history, originals, clock=now
            ),
            originals=originals,
            privacy=privacy,
            shards=ShardLocks(engine),
            identify_limiter=open_identify_limiter(engine),
            guard=guard or url_guard,
            fit=fitter.fit,
            clock=now,
        )


def create_runner(
    app: App, delivery: Delivery, on_delivered: Callable[[Job, DeliveredMessage | None], Awaitable[object]]
) -> Runner:
    """Build this process's runner; it answers by ``delivery`` and reports answers to ``on_delivered``."""
    settings = app.settings
    worker = f"{socket.gethostname()[:40]}-{secrets.token_hex(4)}"
    completion = Completion(
        app.jobs,
        delivery,
        app.originals,
        worker=worker,
        spool=settings.spool,
        clock=app.clock,
        lease=settings.worker_lease,
        keep_all=settings.keep_originals,
        on_delivered=on_delivered,
    )
    return Runner(
        app.jobs,
        PictureGenerator(
            RelayCircuitBreaker(app.relay, app.relay_state, app.clock),
            settings.spool,
            app.jobs.call_meter(worker, app.clock),
        ),
        completion,
        delivery,
        worker=worker,
        spool=settings.spool,
        capacity=settings.relay_concurrency,
        own_capacity=settings.worker_concurrency,
        clock=app.clock,
        lease=settings.worker_lease,
    )


def now() -> float:
    """Return the time in seconds since the epoch, from the clock that discord.py uses."""
    return discord.utils.utcnow().timestamp()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"{folder} can't be created: {error.strerror}") from error


def _limits(settings: Settings) -> Limits:
    return Limits(
        member_running=settings.member_running,
        member_waiting=settings.member_waiting,
        queue_size=settings.queue_size,
        calls_a_minute=settings.relay_calls_a_minute,
    )


async def _credentials(settings: Settings, stack: AsyncExitStack, guard: Guard) -> CredentialProvider:
    if settings.demo_relay:
        # Imported here: with a real relay the painter is never loaded.
        from bot.demo.relay.server import DemoRelay

        relay = DemoRelay(fetch=guard.fetch)
        return StaticCredentialProvider(await stack.enter_async_context(relay.serve()), secrets.token_hex(16))
    if settings.relay_url and settings.relay_token:
        return StaticCredentialProvider(settings.relay_url, settings.relay_token.reveal())
    return HelperCredentialProvider(
        settings.relay_auth_command, settings.relay_auth_file, url=settings.relay_url
    )
