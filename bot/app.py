"""The composition root: opens everything the bot needs in order and closes it in reverse."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
)
from dataclasses import dataclass
from functools import partial
from threading import Lock

import aiohttp
import discord

from bot.config import data_folder
from bot.config.settings import Settings
from bot.domain.daily_limits import DailyLimits
from bot.domain.errors import OperatorError
from bot.domain.ports import Clock, CopyPublisher, Delivery, Fit, IdentifyLimiter, Originals, Relay, UrlGuard
from bot.pictures.copier import PictureCopier
from bot.pictures.fit import Fitter
from bot.pictures.originals import OriginalStore
from bot.pictures.sniff import HeaderReader, sniff
from bot.pictures.verify import Verifier
from bot.providers.artifact_store import ArtifactStore
from bot.providers.credentials import CredentialProvider, HelperCredentialProvider, StaticCredentialProvider
from bot.providers.factory import check_services, create_clients
from bot.providers.publishing_relay import PublishingRelay
from bot.providers.relay_calls import RelayCalls
from bot.providers.router import ModelRouter
from bot.providers.wire.picture_calls import PictureCalls
from bot.services.consent import ConsentService
from bot.services.guilds import GuildService
from bot.services.members import MemberService
from bot.services.moderation import ModerationService
from bot.services.privacy import PrivacyService
from bot.services.queries import QueryService
from bot.services.queue import QueueService
from bot.services.request_context import ContextResolver
from bot.services.requests import RequestConfig, RequestService
from bot.sources.guard import Guard
from bot.store.db.clock import synchronized_clock
from bot.store.db.engine import open_engine
from bot.store.db.notifications import Listeners, listen
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
from bot.store.welcomes import WelcomeStore
from bot.worker import factory
from bot.worker.completion import OnDelivered
from bot.worker.config import WorkerConfig
from bot.worker.references import ReferencePreparation
from bot.worker.runner import Runner

MAX_PIXELS = 50_000_000
"""Three times the pixels of 4K; a reply that declares more would exhaust memory when decoded."""


def discord_now() -> float:
    """Return the time in seconds since the epoch, from the clock that discord.py uses."""
    return discord.utils.utcnow().timestamp()


Fetch = Callable[[str], Awaitable[bytes]]
ServeDemoRelay = Callable[[Fetch], AbstractAsyncContextManager[str]]
"""Serves the simulated relay, which fetches references with the argument; yields its URL."""

DEMO_RELAY_MISSING = (
    "RELAY_URL=demo names the simulated relay, which only the command line starts: run “jimeng-bot run”, or "
    "start “python -m bot.demo.relay” and write its address in RELAY_URL and any word in RELAY_TOKEN."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that is open; ``images`` generates pictures without a queue, one attempt per call."""

    settings: Settings
    images: Relay
    check_relay: Callable[[], Awaitable[str]]
    contexts: ContextResolver
    requests: RequestService
    queries: QueryService
    queue: QueueService
    jobs: JobStore
    cards: CardStore
    relay_state: RelayState
    guilds: GuildStore
    guild_service: GuildService
    member_service: MemberService
    consent: ConsentService
    moderation_service: ModerationService
    originals: Originals
    privacy: PrivacyService
    shards: ShardLocks
    identify_limiter: IdentifyLimiter
    guard: UrlGuard
    fit: Fit
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRelay:
    """A relay ready for calls; ``check`` says in a sentence that it answers, or raises ``BotError``."""

    images: Relay
    check: Callable[[], Awaitable[str]]


@asynccontextmanager
async def open_relay(
    settings: Settings,
    guard: UrlGuard,
    serve_demo_relay: ServeDemoRelay | None = None,
    *,
    heavy: Lock | None = None,
) -> AsyncGenerator[OpenRelay]:
    """Open the relay alone, without a database or a folder; ``guard`` fetches references to publish.

    ``heavy`` is that of ``Verifier``.
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
            start_check=verifier.start_check,
            download=guard.download,
            timeout=settings.relay_timeout,
        )
        models = settings.catalogue
        clients = create_clients(
            models,
            calls,
            RelayCalls(calls, credentials),
            keys={name: key.reveal() for name, key in settings.provider_keys.items()},
            fetch=guard.fetch,
            sniff=sniff,
        )
        images: dict[str, Relay] = dict(clients)
        if settings.publish_references:
            artifacts = ArtifactStore(session, credentials, guard)
            for model in models:
                if model.provider == "relay":
                    images[model.id] = PublishingRelay(
                        clients[model.id], artifacts, fetch=guard.fetch, sniff=sniff
                    )
        yield OpenRelay(images=ModelRouter(models, images), check=partial(check_services, models, clients))


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    serve_demo_relay: ServeDemoRelay | None = None,
    wrap_relay: Callable[[Relay], Relay] | None = None,
    guard: UrlGuard | None = None,
    clock: Clock = discord_now,
    durable: bool = True,
) -> AsyncGenerator[App]:
    """Open the app; raise ``OperatorError`` where the settings don't work.

    ``serve_demo_relay`` is used for ``RELAY_URL=demo``, ``wrap_relay`` replaces or decorates the relay, and
    ``guard`` replaces the check of user-supplied URLs. ``durable`` is that of ``open_engine``.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(data_folder.private_files())
        await asyncio.to_thread(data_folder.prepare, settings.data_dir)
        engine = await stack.enter_async_context(open_engine(settings.database_url, durable=durable))
        clock = await stack.enter_async_context(synchronized_clock(engine, clock))
        url_guard = guard or await stack.enter_async_context(Guard(sniff=HeaderReader))
        heavy = Lock()
        fitter = await stack.enter_async_context(Fitter(heavy=heavy))
        relay = await stack.enter_async_context(
            open_relay(settings, url_guard, serve_demo_relay, heavy=heavy)
        )
        limits = _limits(settings)
        jobs = JobStore(engine, settings.spool, limits)
        guilds = GuildStore(engine, clock)
        members, history = MemberStore(engine), HistoryStore(engine, settings.spool)
        guild_service = GuildService(guilds, WelcomeStore(engine), clock)
        member_service = MemberService(members, StyleStore(engine), history, HintStore(engine), clock)
        contexts, cards = ContextResolver(guild_service, member_service), CardStore(engine, settings.spool)
        requests = RequestService(
            jobs, cards, contexts, member_service, RequestConfig(models=settings.catalogue), clock
        )
        originals = OriginalStore(settings.originals_url)
        privacy = PrivacyService(
            PersonalDataStore(engine),
            guilds,
            members,
            originals,
            retention=settings.retention_days,
            clock=clock,
        )
        listeners: Listeners = {
            "work": lambda _: requests.notify(),
            "settings": guilds.invalidate,
            "preferences": members.invalidate,
        }
        await stack.enter_async_context(listen(engine, listeners))
        yield App(
            settings=settings,
            images=wrap_relay(relay.images) if wrap_relay else relay.images,
            check_relay=relay.check,
            contexts=contexts,
            requests=requests,
            queries=QueryService(jobs, history, contexts, limits, clock),
            queue=QueueService(
                cards, QueueForecast(engine, limits, capacity=settings.relay_concurrency), clock
            ),
            jobs=jobs,
            cards=cards,
            relay_state=RelayState(engine, capacity=settings.relay_concurrency),
            guilds=guilds,
            guild_service=guild_service,
            member_service=member_service,
            consent=ConsentService(member_service, guild_service, jobs),
            moderation_service=ModerationService(
                ModerationStore(engine), jobs, history, originals, clock=clock
            ),
            originals=originals,
            privacy=privacy,
            shards=ShardLocks(engine),
            identify_limiter=open_identify_limiter(engine),
            guard=url_guard,
            fit=fitter.fit,
            clock=clock,
        )


def create_runner(app: App, delivery: Delivery, copies: CopyPublisher, on_delivered: OnDelivered) -> Runner:
    """Build this process's runner; it answers by ``delivery`` and reports answers to ``on_delivered``.

    ``copies`` publishes copies of references.
    """
    settings = app.settings
    references = ReferencePreparation(app.guard, PictureCopier(), copies, settings.spool)
    config = WorkerConfig(
        name=f"{socket.gethostname()[:40]}-{secrets.token_hex(4)}",
        spool=settings.spool,
        capacity=settings.relay_concurrency,
        worker_capacity=settings.worker_concurrency,
        lease=settings.worker_lease,
        spool_limit=settings.spool_limit,
        keep_originals=settings.keep_originals,
    )
    return factory.create_runner(
        app.jobs,
        app.images,
        app.relay_state,
        delivery,
        app.originals,
        config,
        app.clock,
        prepare=references.prepare,
        largest=app.guild_service.largest_size,
        on_delivered=on_delivered,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        member_running=settings.member_running,
        member_waiting=settings.member_waiting,
        queue_size=settings.queue_size,
        daily=DailyLimits(
            member=settings.member_daily, server=settings.server_daily, total=settings.total_daily
        ),
        calls_a_minute=settings.relay_calls_a_minute,
    )


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
