"""Opens everything the bot needs in order, and closes it in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from threading import Lock

import discord

from bot.app.operator import OperatorServices, create_operator_services
from bot.app.process_context import ProcessContext, queue_limits
from bot.app.relay import ServeDemoRelay, open_relay
from bot.app.services import Services, create_services
from bot.app.steady_clock import SteadyClock
from bot.app.stores import Stores, create_stores
from bot.config import data_folder
from bot.config.settings import Settings
from bot.domain.ports import Clock, Fit, IdentifyLimiter, Originals, Relay, UrlGuard
from bot.pictures.fit import Fitter
from bot.pictures.measured import MeasuredFit
from bot.pictures.originals import open_originals
from bot.pictures.sniff import HeaderReader
from bot.providers.service_checks import ServiceCheck
from bot.services.precedence import Precedence
from bot.sources.guard import Guard
from bot.store.db.clock import latest_time, synchronized_clock
from bot.store.db.engine import open_engine
from bot.store.db.notifications import Listeners, listen
from bot.store.queue.result_addresses import JobResultAddresses
from bot.store.shards.identify_limiter import open_identify_limiter
from bot.store.shards.locks import ShardLocks
from bot.telemetry.recent_times import RecentTimes
from bot.telemetry.recorder import NOT_RECORDED, Recorder

_PICTURES_WAIT = 6.0
"""Seconds for which a burst of requests delays pictures that arrive; with less, its cards take longer."""


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
    clock: Clock
    stores: Stores
    services: Services
    operator: OperatorServices
    images: Relay
    check_relay: Callable[[], Awaitable[Sequence[ServiceCheck]]]
    originals: Originals
    guard: UrlGuard
    fit: Fit
    shards: ShardLocks
    identify_limiter: IdentifyLimiter
    acknowledgements: RecentTimes
    precedence: Precedence
    """Holds the receipt of pictures back while members wait for acknowledgements and cards."""


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
        process = await _open_process(stack, settings, clock, elapsed, recorder, durable=durable)
        engine, clock = process.engine, process.clock
        url_guard = guard or await stack.enter_async_context(Guard(sniff=HeaderReader))
        heavy, precedence = Lock(), Precedence(longest_delay=_PICTURES_WAIT)
        fitter = await stack.enter_async_context(Fitter(heavy=heavy))
        relay = await stack.enter_async_context(
            open_relay(
                settings,
                url_guard,
                serve_demo_relay,
                addresses=JobResultAddresses(engine, settings.spool, worker=process.name, clock=clock),
                heavy=heavy,
                pause=precedence.give_way,
                recorder=recorder,
            )
        )
        stores, originals = create_stores(process), open_originals(settings.originals_url)
        await stores.relay_state.register(process.limits.services.names)
        services = create_services(process, stores, originals)
        operator = create_operator_services(process, stores, services.requests)
        await stack.enter_async_context(listen(engine, _listeners(stores, services, operator)))
        yield App(
            settings=settings,
            process=process.name,
            recorder=recorder,
            clock=clock,
            stores=stores,
            services=services,
            operator=operator,
            images=wrap_relay(relay.images) if wrap_relay else relay.images,
            check_relay=relay.check,
            originals=originals,
            guard=url_guard,
            fit=MeasuredFit(fitter.fit, recorder),
            shards=ShardLocks(engine),
            identify_limiter=open_identify_limiter(engine),
            acknowledgements=RecentTimes(clock),
            precedence=precedence,
        )


async def _open_process(
    stack: AsyncExitStack,
    settings: Settings,
    clock: Clock,
    elapsed: Clock | None,
    recorder: Recorder,
    *,
    durable: bool,
) -> ProcessContext:
    """Open the data folder and the database, whose clock all its processes share."""
    stack.enter_context(data_folder.private_files())
    await asyncio.to_thread(data_folder.prepare, settings.data_dir)
    engine = await stack.enter_async_context(open_engine(settings.database_url, durable=durable))
    if elapsed is not None:
        clock = SteadyClock(clock, elapsed, start=await latest_time(engine))
    clock = await stack.enter_async_context(synchronized_clock(engine, clock))
    limits = queue_limits(settings)
    return ProcessContext(settings=settings, engine=engine, limits=limits, clock=clock, recorder=recorder)


def _listeners(stores: Stores, services: Services, operator: OperatorServices) -> Listeners:
    """Return what is called when another process notifies this one, by channel."""
    return {
        "log-level": operator.log_level.apply,
        "work": lambda _: services.requests.notify(),
        "settings": stores.guilds.invalidate,
        "preferences": stores.members.invalidate,
    }
