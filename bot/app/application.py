"""Opens everything the bot needs in order, and closes it in reverse."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from threading import Lock

import discord

from bot.app.relay import ServeDemoRelay, open_relay
from bot.app.steady_clock import SteadyClock
from bot.config import data_folder
from bot.config.settings import Settings
from bot.domain.daily_limits import DailyLimits
from bot.domain.ports import Clock, Fit, IdentifyLimiter, Originals, Relay, UrlGuard
from bot.pictures.fit import Fitter
from bot.pictures.measured import MeasuredFit
from bot.pictures.originals import open_originals
from bot.pictures.sniff import HeaderReader
from bot.providers.service_checks import ServiceCheck
from bot.services.consent import ConsentService
from bot.services.guilds import GuildService
from bot.services.members import MemberService
from bot.services.moderation import ModerationService
from bot.services.operator.audit import OperatorAudit
from bot.services.operator.bans import BanService
from bot.services.operator.limit_notices import LimitNoticeService
from bot.services.operator.limits import LimitService
from bot.services.operator.log_level import LogLevelService
from bot.services.operator.overview import OverviewService
from bot.services.operator.pause import GlobalPauseService
from bot.services.operator.processes import ProcessService
from bot.services.operator.reports import ReportService
from bot.services.operator.request_acts import RequestActService
from bot.services.precedence import Precedence
from bot.services.privacy import PrivacyService
from bot.services.queries import QueryService
from bot.services.queue import QueueService
from bot.services.request_context import ContextResolver
from bot.services.requests import RequestConfig, RequestService
from bot.sources.guard import Guard
from bot.store.controls.acts import ActStore
from bot.store.controls.bans import BanStore
from bot.store.controls.global_pause import GlobalPauseStore
from bot.store.controls.limit_notices import LimitNoticeStore
from bot.store.controls.own_limits import OwnLimitStore
from bot.store.db.clock import latest_time, synchronized_clock
from bot.store.db.engine import open_engine
from bot.store.db.notifications import Listeners, listen
from bot.store.erasures import FILE_NAME as ERASURES_FILE
from bot.store.erasures import ErasureList
from bot.store.guilds import GuildStore
from bot.store.hints import HintStore
from bot.store.history import HistoryStore
from bot.store.members import MemberStore
from bot.store.moderation import ModerationStore
from bot.store.operator.activity import ActivityStore
from bot.store.operator.log_level import LogLevelStore
from bot.store.operator.processes import ProcessStore
from bot.store.operator.reports import ReportStore
from bot.store.operator.request_acts import RequestActStore
from bot.store.operator.usage_reports import UsageReportStore
from bot.store.personal_data import PersonalDataStore
from bot.store.queue.forecasts.forecast import QueueForecast
from bot.store.queue.forecasts.queue_counts import QueueCountStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from bot.store.queue.limits import Limits
from bot.store.queue.result_addresses import JobResultAddresses
from bot.store.queue.services.relay_state import RelayState
from bot.store.shards.identify_limiter import open_identify_limiter
from bot.store.shards.locks import ShardLocks
from bot.store.styles import StyleStore
from bot.store.welcomes import WelcomeStore
from bot.telemetry.recent_times import RecentTimes
from bot.telemetry.recorder import NOT_RECORDED, Recorder


def discord_now() -> float:
    """Return the time in seconds since the epoch, from the clock that discord.py uses."""
    return discord.utils.utcnow().timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that is open; ``images`` generates pictures without a queue, one attempt per call."""

    settings: Settings
    process: str
    """This process's name, which no other has."""
    recorder: Recorder
    acknowledgements: RecentTimes
    overview: OverviewService
    reports: ReportService
    audit: OperatorAudit
    limits: LimitService
    limit_notices: LimitNoticeService
    bans: BanService
    global_pause: GlobalPauseService
    processes: ProcessService
    request_acts: RequestActService
    log_level: LogLevelService
    images: Relay
    check_relay: Callable[[], Awaitable[Sequence[ServiceCheck]]]
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
    precedence: Precedence
    """Holds the receipt of pictures back while members wait for acknowledgements and cards."""
    clock: Clock


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    serve_demo_relay: ServeDemoRelay | None = None,
    wrap_relay: Callable[[Relay], Relay] | None = None,
    guard: UrlGuard | None = None,
    clock: Clock = discord_now,
    elapsed: Clock | None = None,
    recorder: Recorder = NOT_RECORDED,
    durable: bool = True,
) -> AsyncGenerator[App]:
    """Open the app; raise ``OperatorError`` where the settings don't work.

    ``serve_demo_relay`` is used for ``RELAY_URL=demo``, ``wrap_relay`` replaces or decorates the relay, and
    ``guard`` replaces the check of user-supplied URLs. ``elapsed`` returns the seconds of a clock that is
    never set; with it the app's time doesn't jump when ``clock`` is. ``recorder`` is told what happens.
    ``durable`` is that of ``open_engine``.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(data_folder.private_files())
        await asyncio.to_thread(data_folder.prepare, settings.data_dir)
        engine = await stack.enter_async_context(open_engine(settings.database_url, durable=durable))
        if elapsed is not None:
            clock = SteadyClock(clock, elapsed, start=await latest_time(engine))
        clock = await stack.enter_async_context(synchronized_clock(engine, clock))
        url_guard = guard or await stack.enter_async_context(Guard(sniff=HeaderReader))
        process = f"{socket.gethostname()[:40]}-{secrets.token_hex(4)}"
        addresses = JobResultAddresses(engine, settings.spool, worker=process, clock=clock)
        heavy, precedence = Lock(), Precedence()
        fitter = await stack.enter_async_context(Fitter(heavy=heavy))
        relay = await stack.enter_async_context(
            open_relay(
                settings,
                url_guard,
                serve_demo_relay,
                addresses=addresses,
                heavy=heavy,
                pause=precedence.give_way,
                recorder=recorder,
            )
        )
        limits = _limits(settings)
        jobs = JobStore(engine, settings.spool, limits)
        guilds = GuildStore(engine, clock)
        members, history = MemberStore(engine), HistoryStore(engine, settings.spool)
        guild_service = GuildService(guilds, WelcomeStore(engine), clock)
        member_service = MemberService(members, StyleStore(engine), history, HintStore(engine), clock)
        contexts = ContextResolver(guild_service, member_service)
        cards = CardStore(engine, settings.spool, limits.services)
        relay_state = RelayState(engine, capacity=settings.relay_concurrency)
        await relay_state.register(limits.services.names)
        requests = RequestService(
            jobs,
            cards,
            contexts,
            member_service,
            RequestConfig(models=settings.catalogue, allowed_servers=settings.allowed_servers),
            clock,
            recorder,
        )
        originals, pauses = open_originals(settings.originals_url), GlobalPauseStore(engine)
        privacy = PrivacyService(
            PersonalDataStore(engine),
            guilds,
            members,
            originals,
            ErasureList(settings.data_dir / ERASURES_FILE),
            retention=settings.retention_days,
            clock=clock,
        )
        log_level = LogLevelService(LogLevelStore(engine), clock)
        listeners: Listeners = {
            "log-level": log_level.apply,
            "work": lambda _: requests.notify(),
            "settings": guilds.invalidate,
            "preferences": members.invalidate,
        }
        await stack.enter_async_context(listen(engine, listeners))
        yield App(
            settings=settings,
            precedence=precedence,
            process=process,
            recorder=recorder,
            acknowledgements=RecentTimes(clock),
            audit=OperatorAudit(ActStore(engine), clock),
            limits=LimitService(OwnLimitStore(engine), limits.daily, clock),
            limit_notices=LimitNoticeService(LimitNoticeStore(engine), limits.daily, clock),
            bans=BanService(BanStore(engine), jobs, requests, clock),
            global_pause=GlobalPauseService(pauses, requests, clock),
            reports=ReportService(
                ReportStore(engine), UsageReportStore(engine), ActivityStore(engine), clock
            ),
            request_acts=RequestActService(
                RequestActStore(engine, settings.spool, limits),
                requests,
                clock,
                lifetime=requests.config.lifetime,
            ),
            log_level=log_level,
            processes=ProcessService(ProcessStore(engine), process, clock),
            overview=OverviewService(QueueCountStore(engine), relay_state, clock),
            images=wrap_relay(relay.images) if wrap_relay else relay.images,
            check_relay=relay.check,
            contexts=contexts,
            requests=requests,
            queries=QueryService(
                jobs, history, contexts, limits, clock, allowed_servers=settings.allowed_servers
            ),
            queue=QueueService(
                cards, QueueForecast(engine, limits, capacity=settings.relay_concurrency), pauses, clock
            ),
            jobs=jobs,
            cards=cards,
            relay_state=relay_state,
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
            fit=MeasuredFit(fitter.fit, recorder),
            clock=clock,
        )


def _limits(settings: Settings) -> Limits:
    return Limits(
        member_running=settings.member_running,
        member_waiting=settings.member_waiting,
        queue_size=settings.queue_size,
        daily=DailyLimits(
            member=settings.member_daily,
            server=settings.server_daily,
            total=settings.total_daily,
            member_cost=settings.member_daily_cost,
            server_cost=settings.server_daily_cost,
            total_cost=settings.total_daily_cost,
        ),
        calls_a_minute=settings.relay_calls_a_minute,
        models=settings.catalogue,
    )
