"""Runs a Discord client around an open app until a signal stops it, and explains why it couldn't."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

import discord

from bot.app import App, ServeDemoRelay, open_app
from bot.app.steady_clock import time_since_boot
from bot.config import Settings
from bot.domain.errors import BotError
from bot.ops import process_tuning
from bot.ops.doctor import UNREACHABLE, operator_message, service_remedy
from bot.ops.process_exit import (
    EX_CONFIG,
    EX_SOFTWARE,
    EX_TEMPFAIL,
    Failure,
    limit_exit_time,
    on_stop_signals,
)
from bot.telemetry.log_context import log_fields
from bot.telemetry.recorder import NOT_RECORDED

if TYPE_CHECKING:
    from bot.gateway.client import ImageBot
    from bot.gateway.headless import HeadlessWorker
    from bot.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

CreateClient = Callable[[App], "ImageBot | HeadlessWorker"]

LOGIN_MISSING = (
    "There is no DISCORD_TOKEN yet: create a bot in the Discord Developer Portal and write its token in "
    ".env, as the README shows step by step. To see the bot at once without any account, type: make demo"
)
LOGIN_REFUSED = (
    "Discord refused DISCORD_TOKEN: reset it in the Developer Portal (Bot → Reset Token) and write the new "
    "one in .env."
)
INTENT_MISSING = (
    "Discord doesn't let this bot read messages yet: in the Developer Portal, under Bot, switch on Message "
    "Content Intent (bots on 100 servers or more must apply for it there), or write "
    "MESSAGE_CONTENT_INTENT=false in .env: the bot works without it, but then sees other people's pictures "
    "by Apps → Remix alone."
)
DISCORD_UNREACHABLE = (
    "Discord can't be reached: check this machine's network, or run “jimeng-bot doctor” for details."
)
WINDOWS = "The bot doesn't run on Windows itself: start it in WSL 2 or in Docker; see docs/operating."


def serve(
    settings: Settings, create: CreateClient, serve_demo_relay: ServeDemoRelay, *, calls_relay: bool
) -> None:
    """Run a client until a signal arrives; raise ``Failure`` with one sentence where that isn't possible.

    A process that ``calls_relay`` checks it at the start, and warns if that fails.
    """
    if sys.platform == "win32":
        raise Failure(WINDOWS)
    if settings.discord_token is None:
        raise Failure(LOGIN_MISSING)
    process_tuning.limit_memory_use()
    process_tuning.switch_threads_often()
    failure = asyncio.run(
        _serve(settings, settings.discord_token.reveal(), create, serve_demo_relay, calls_relay)
    )
    if failure is not None:
        raise failure


async def _serve(
    settings: Settings, token: str, create: CreateClient, serve_demo_relay: ServeDemoRelay, calls_relay: bool
) -> Failure | None:
    failure: Failure | None = None
    try:
        await _until_signal(settings, token, create, serve_demo_relay, calls_relay)
        log.info("stopped; unfinished requests continue at the next start")
    except Exception as error:
        failure = _explain(error)
    limit_exit_time(failure.code if failure else 0)
    return failure


async def _until_signal(
    settings: Settings, token: str, create: CreateClient, serve_demo_relay: ServeDemoRelay, calls_relay: bool
) -> None:
    stop = asyncio.Event()
    on_stop_signals(stop.set)
    stopped = asyncio.create_task(stop.wait())
    metrics = _create_metrics(settings)
    async with (
        open_app(
            settings,
            serve_demo_relay=serve_demo_relay,
            elapsed=time_since_boot,
            recorder=metrics or NOT_RECORDED,
        ) as app,
        create(app) as client,
        _serve_metrics(app, client, metrics),
        _serve_console(app, client),
    ):
        with log_fields(worker=app.process):
            connected = asyncio.create_task(_login_and_connect(client, token))
            relay_check = asyncio.create_task(_warn_of_relay(app) if calls_relay else asyncio.sleep(0))
        try:
            await asyncio.wait({connected, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if connected.done():
                await connected
        finally:
            await client.close()
            for task in (connected, relay_check):
                task.cancel()
            await asyncio.gather(connected, relay_check, return_exceptions=True)


def _create_metrics(settings: Settings) -> Metrics | None:
    if not settings.metrics_ports:
        return None
    # Imported here: most processes on small machines serve no metrics.
    from bot.telemetry.metrics import Metrics

    return Metrics()


def _serve_metrics(
    app: App, client: ImageBot | HeadlessWorker, metrics: Metrics | None
) -> AbstractAsyncContextManager[None]:
    if metrics is None:
        return nullcontext()
    from bot.ops.metrics_server import create_metrics_server

    settings = app.settings
    return create_metrics_server(app, client, metrics).serve(settings.metrics_host, settings.metrics_ports)


def _serve_console(app: App, client: ImageBot | HeadlessWorker) -> AbstractAsyncContextManager[None]:
    if app.settings.console_port is None:
        return nullcontext()
    from bot.ops.console.server import create_console

    return create_console(app, client).serve(app.settings.console_host, app.settings.console_port)


async def _login_and_connect(client: discord.Client, token: str) -> None:
    process_tuning.freeze_heap()
    await client.login(token)
    # What was loaded since; a collection would delay taking over the shards of a process that stopped.
    process_tuning.freeze_heap(collect=False)
    await client.connect()


async def _warn_of_relay(app: App) -> None:
    for found in await app.check_relay():
        if found.error is None:
            log.info("%s: %s", found.name, found.message)
        else:
            remedy = service_remedy(found.error, found.key_env)
            log.warning("%s can't be used now: %s %s", found.name, found.message, remedy)


def _explain(error: Exception) -> Failure:
    match error:
        case discord.LoginFailure():
            return Failure(LOGIN_REFUSED)
        case discord.PrivilegedIntentsRequired():
            return Failure(INTENT_MISSING)
        case BotError():
            return Failure(operator_message(error), EX_TEMPFAIL if error.retry else EX_CONFIG)
        case _ if isinstance(error, UNREACHABLE):
            log.debug("while connecting", exc_info=error)
            return Failure(f"{DISCORD_UNREACHABLE} ({type(error).__name__})", EX_TEMPFAIL)
        case _:
            log.critical("unexpected error, the bot ends", exc_info=error)
            return Failure("", EX_SOFTWARE)
