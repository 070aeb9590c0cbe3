"""Serves the console: pages of this process over the same services as the commands."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial

import discord
from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.app import App
from bot.ops.console.access import Access
from bot.ops.console.acts.everything import LeaveAct, LogLevelAct, PauseAct, ResumeAct
from bot.ops.console.acts.forms import ConsoleAct
from bot.ops.console.acts.limits import BanAct, LimitsAct, UnbanAct
from bot.ops.console.acts.pages import ActPages
from bot.ops.console.acts.requests import CancelAct, RetryAct
from bot.ops.console.error_pages import error_pages
from bot.ops.console.guard import is_signed_in, require_session, security_headers
from bot.ops.console.listener import LimitedListener
from bot.ops.console.live import LiveState
from bot.ops.console.pages.audit import AuditPages
from bot.ops.console.pages.costs import CostPages
from bot.ops.console.pages.jobs import JobPages
from bot.ops.console.pages.overview import OverviewPages
from bot.ops.console.pages.page import PageRenderer
from bot.ops.console.pages.usage import UsagePages
from bot.ops.console.rendering import HERE, create_environment
from bot.ops.console.sign_in import SignIn
from bot.ops.health import DATABASE_TIMEOUT, HealthChecks, Working

log = logging.getLogger(__name__)

_MAX_FORM = 16 * 1024
_PAGE_TIMEOUTS = 5


def create_console(app: App, client: Working, *, database_timeout: float = DATABASE_TIMEOUT) -> Console:
    """Build the console of a process; it waits ``database_timeout`` seconds for the current state.

    A page may take several times as long.
    """
    settings = app.settings
    password = settings.console_password
    access = Access(None if password is None else password.reveal(), time.monotonic)
    environment = create_environment(lambda guild_id: server_name(client, guild_id))
    checks = HealthChecks(client, app.operator.overview, settings.data_dir, database_timeout=database_timeout)
    signed_in = partial(is_signed_in, access)
    live = LiveState(app, checks, environment, signed_in, timeout=database_timeout)
    renderer = PageRenderer(environment, needs_password=access.needs_password)
    pages = (
        SignIn(access, environment),
        OverviewPages(settings, live, app.operator.log_level, renderer),
        JobPages(app.operator.reports, app.operator.audit, renderer, shows_prompts=settings.console_prompts),
        UsagePages(
            app.operator.reports, app.services.guilds, app.operator.bans, app.operator.limits, renderer
        ),
        CostPages(app.operator.reports, renderer),
        AuditPages(app.operator.audit, renderer),
        ActPages(_acts(app, client), renderer),
    )
    routes = [route for each in pages for route in each.routes()]
    guards = (
        security_headers(),
        error_pages(environment, read_timeout=_PAGE_TIMEOUTS * database_timeout),
        require_session(access),
    )
    return Console(guards, routes, live)


def _acts(app: App, client: object) -> Collection[ConsoleAct]:
    return (
        CancelAct(app.operator.request_acts),
        RetryAct(app.operator.request_acts),
        LimitsAct(app.operator.limits),
        BanAct(app.operator.bans, app.clock),
        UnbanAct(app.operator.bans),
        PauseAct(app.operator.global_pause),
        ResumeAct(app.operator.global_pause),
        LogLevelAct(app.operator.log_level),
        LeaveAct(partial(leave_server, client), app.operator.audit),
    )


async def leave_server(client: object, guild_id: int) -> bool:
    """Leave a server, whichever process serves it; False where the bot isn't on it."""
    if not isinstance(client, discord.Client):
        return False
    try:
        await client.http.leave_guild(guild_id)
    except (discord.HTTPException, OSError, TimeoutError) as error:
        log.warning("server %s can't be left: %s", guild_id, error)
        return False
    return True


def server_name(client: object, guild_id: int) -> str | None:
    """Return the name of a server that this process serves; None for others."""
    guild = client.get_guild(guild_id) if isinstance(client, discord.Client) else None
    return None if guild is None else guild.name


class Console:
    """The web application with its middlewares."""

    def __init__(self, guards: Sequence[Middleware], routes: Sequence[web.RouteDef], live: LiveState) -> None:
        self._guards = guards
        self._routes = [*routes, web.get("/events", live.stream)]
        self._live = live
        self._listener = LimitedListener()

    def application(self) -> web.Application:
        """Return the application, for a server or a test."""
        application = web.Application(
            middlewares=[self._listener.one_request_each(), *self._guards],
            client_max_size=_MAX_FORM,
        )
        application.add_routes(self._routes)
        application.router.add_static("/static/", HERE / "static")
        application.on_shutdown.append(self._end_streams)
        return application

    @asynccontextmanager
    async def serve(self, host: str, port: int) -> AsyncGenerator[None]:
        """Serve it; where the port can't be opened, log that and go on without."""
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await self._listener.open(runner, host, port)
            log.info("console: http://%s:%d", host, port)
        except OSError as error:
            log.error("the console can't be served on %s:%d: %s", host, port, error.strerror)
        try:
            yield
        finally:
            self._listener.close()
            await runner.cleanup()

    async def _end_streams(self, _: web.Application) -> None:
        self._live.close()
