"""The composition root: opens what the bot needs, in order, and closes it in reverse."""

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
from bot.domain.models import Delivered, Job
from bot.pictures.fit import Fitter
from bot.pictures.originals import Originals
from bot.pictures.sniff import sniff
from bot.pictures.verify import Verifier
from bot.providers.artifacts import Artifacts
from bot.providers.credentials import Credentials, FixedCredentials, HelperCredentials
from bot.providers.publishing import PublishingRelay
from bot.providers.relay import RelayClient
from bot.services.members import Personal
from bot.services.moderation import Moderating
from bot.services.privacy import Privacy
from bot.services.requests import ImageService
from bot.sources.guard import Guard
from bot.store.db.engine import open_engine
from bot.store.db.postgres import Ears, listening
from bot.store.guilds import Guilds
from bot.store.hints import Hints
from bot.store.history import History
from bot.store.members import Members
from bot.store.moderation import ModerationStore
from bot.store.personal_data import Records
from bot.store.queue.card_leases import CardStore
from bot.store.queue.forecast import Outlook
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.relay_state import Pool
from bot.store.shards.identify_limiter import Turns, turns
from bot.store.shards.locks import ShardLocks
from bot.store.styles import Styles
from bot.ui.delivery.originals_reader import Fit
from bot.ui.intake.references import UrlCheck
from bot.worker.circuit_breaker import WatchedRelay
from bot.worker.completion import Delivery, Telling
from bot.worker.generation import Drawing, Relay
from bot.worker.runner import Runner

MAX_PIXELS = 50_000_000
"""Three times what 4K has: a reply that claims more is no picture but an attack on memory."""


@dataclass(slots=True)
class App:
    """What is open; a caller may put another ``relay`` in place before building a bot around it."""

    settings: Settings
    relay: Relay
    check_relay: Callable[[], Awaitable[str]]
    service: ImageService
    jobs: JobStore
    pool: Pool
    guilds: Guilds
    personal: Personal
    moderating: Moderating
    originals: Originals
    privacy: Privacy
    shards: ShardLocks
    turns: Turns
    guard: UrlCheck
    fit: Fit
    clock: Callable[[], float]


@asynccontextmanager
async def open_app(settings: Settings, *, guard: UrlCheck | None = None) -> AsyncGenerator[App]:
    """Open the app; ``guard`` replaces the check of strangers' URLs. Raises ``OperatorError``."""
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(_make, settings.data_dir)
        engine = await stack.enter_async_context(open_engine(settings.database_url))
        url_guard = await stack.enter_async_context(Guard(sniff=sniff))
        verifier = stack.enter_context(closing(Verifier(max_pixels=MAX_PIXELS)))
        fitter = await stack.enter_async_context(Fitter())
        # One connection a call: a reply is left once its picture is there, so there is none to use again,
        # and nobody waits for a place beside those the runner lets through.
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
            artifacts = Artifacts(session, credentials)
            relay = PublishingRelay(client, artifacts, fetch=(guard or url_guard).fetch, sniff=sniff)
        guilds = Guilds(engine, now)
        members, history = Members(engine), History(engine, settings.spool)
        personal = Personal(members, Styles(engine), history)
        service = ImageService(
            jobs,
            CardStore(engine, settings.spool),
            history,
            guilds,
            personal,
            Outlook(engine, limits, capacity=settings.relay_concurrency),
            Hints(engine),
            limits=limits,
            models=settings.relay_models,
            clock=now,
        )
        originals = Originals(settings.originals_url)
        privacy = Privacy(
            Records(engine), guilds, members, originals, retention=settings.retention_days, clock=now
        )
        ears: Ears = {
            "work": lambda _: service.wake(),
            "settings": guilds.hear,
            "preferences": members.hear,
        }
        await stack.enter_async_context(listening(engine, ears))
        yield App(
            settings=settings,
            relay=relay,
            check_relay=client.check,
            service=service,
            jobs=jobs,
            pool=Pool(engine, capacity=settings.relay_concurrency),
            guilds=guilds,
            personal=personal,
            moderating=Moderating(ModerationStore(engine), jobs, history, originals, clock=now),
            originals=originals,
            privacy=privacy,
            shards=ShardLocks(engine),
            turns=turns(engine),
            guard=guard or url_guard,
            fit=fitter.fit,
            clock=now,
        )


def create_runner(
    app: App, delivery: Delivery, told: Callable[[Job, Delivered | None], Awaitable[object]]
) -> Runner:
    """Build the runner of one process: it tells askers by ``delivery``, and ``told`` of each answer."""
    settings = app.settings
    worker = f"{socket.gethostname()[:40]}-{secrets.token_hex(4)}"
    telling = Telling(
        app.jobs,
        delivery,
        app.originals,
        worker=worker,
        spool=settings.spool,
        clock=app.clock,
        lease=settings.worker_lease,
        keep_all=settings.keep_originals,
        told=told,
    )
    return Runner(
        app.jobs,
        Drawing(
            WatchedRelay(app.relay, app.pool, app.clock),
            settings.spool,
            begin=lambda: app.jobs.begin(now=app.clock()),
        ),
        telling,
        delivery,
        worker=worker,
        spool=settings.spool,
        capacity=settings.relay_concurrency,
        own=settings.worker_concurrency,
        clock=app.clock,
        lease=settings.worker_lease,
    )


def now() -> float:
    """Return the time in seconds since the epoch, by the clock that Discord's library goes by."""
    return discord.utils.utcnow().timestamp()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"{folder} can't be made: {error.strerror}") from error


def _limits(settings: Settings) -> Limits:
    return Limits(
        member_running=settings.member_running,
        member_waiting=settings.member_waiting,
        queue_size=settings.queue_size,
        calls_a_minute=settings.relay_calls_a_minute,
    )


async def _credentials(settings: Settings, stack: AsyncExitStack, guard: Guard) -> Credentials:
    if settings.demo_relay:
        # Imported here, because who has a relay needn't load the painter.
        from bot.demo.relay.server import DemoRelay

        relay = DemoRelay(fetch=guard.fetch)
        return FixedCredentials(await stack.enter_async_context(relay.serve()), secrets.token_hex(16))
    if settings.relay_url and settings.relay_token:
        return FixedCredentials(settings.relay_url, settings.relay_token.reveal())
    return HelperCredentials(settings.relay_auth_command, settings.relay_auth_file, url=settings.relay_url)
