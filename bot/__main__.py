"""The command line; the only module that reads the environment."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, NoReturn

import discord
import typer
from dotenv import dotenv_values
from rich.console import Console
from rich.markup import escape

from bot.config.settings import Settings, SettingsError
from bot.domain.errors import BotError, OperatorError
from bot.ops import process_memory
from bot.ops.doctor import UNREACHABLE, CheckResult, run_checks
from bot.telemetry.logging import configure_logging

if TYPE_CHECKING:
    from bot.app import App, Fetch

log = logging.getLogger("bot")
cli = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, which can be secrets
)
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)

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

WORKER_NEEDS_POSTGRESQL = (
    "A worker shares the work of other processes through PostgreSQL, but DATABASE_URL names an SQLite file, "
    "which takes one process. Write DATABASE_URL=postgresql://user:password@host/database for all of them, "
    "or start “jimeng-bot run” alone: it draws too."
)


def main() -> None:
    """Run the command line."""
    cli()


@cli.callback(invoke_without_command=True)
def default_command(context: typer.Context) -> None:
    """The Discord image bot that never loses a request; without a command it runs."""
    if context.invoked_subcommand is None:
        run()


@cli.command()
def run() -> None:
    """Run the bot on Discord."""
    _serve(_settings(), _create_bot)


@cli.command()
def worker() -> None:
    """Generate and deliver what other processes accepted, without a gateway; needs PostgreSQL."""
    settings = _settings()
    if not settings.supports_many_processes:
        _fail(WORKER_NEEDS_POSTGRESQL)
    _serve(settings, _create_worker)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="The page's port; 0 picks a free one.")] = 8765,
    browser: Annotated[bool, typer.Option(help="Open a browser where there is one.")] = True,
    delay: Annotated[float | None, typer.Option(help="Seconds per picture; realistic by default.")] = None,
    locale: Annotated[
        str, typer.Option(help="Discord language of the simulated members: en-US, zh-CN, zh-TW, …")
    ] = "en-US",
) -> None:
    """Run the real bot in a local web page, without account, token or key."""
    try:
        from bot.demo.page.playground import run_playground
    except ImportError as error:
        _fail(f"The page needs the extra “demo” ({error.name} is missing). Type: make demo")
    configure_logging("WARNING", as_json=False)
    asyncio.run(
        run_playground(
            port=port,
            open_browser=browser and _has_screen(),
            delay=delay,
            announce=partial(_out.print, soft_wrap=True),
            locale=locale,
        )
    )


@cli.command()
def doctor() -> None:
    """Check settings, database, relay, Discord and the clock, with a remedy for each problem."""
    settings = _settings()
    if not asyncio.run(_run_doctor(settings)):
        raise typer.Exit(1)


def _create_bot(app: App) -> discord.Client:
    from bot.gateway.client import create_bot

    return create_bot(app)


def _create_worker(app: App) -> discord.Client:
    from bot.gateway.headless import HeadlessWorker

    return HeadlessWorker(app)


def _serve(settings: Settings, create: Callable[[App], discord.Client]) -> None:
    """Run a client around an open app until a signal arrives; report expected failures in one sentence."""
    if settings.discord_token is None:
        _fail(LOGIN_MISSING)
    try:
        asyncio.run(_until_signal(settings, settings.discord_token.reveal(), create))
    except discord.LoginFailure:
        _fail(LOGIN_REFUSED)
    except discord.PrivilegedIntentsRequired:
        _fail(INTENT_MISSING)
    except UNREACHABLE as error:
        log.debug("while connecting", exc_info=error)
        _fail(f"{DISCORD_UNREACHABLE} ({type(error).__name__})")
    except BotError as error:
        _fail(_first_line(error))
    except Exception:
        log.critical("unexpected error, the bot ends", exc_info=True)
        raise typer.Exit(1) from None


async def _until_signal(settings: Settings, token: str, create: Callable[[App], discord.Client]) -> None:
    from bot.app import open_app

    process_memory.limit_memory_use()
    async with open_app(settings, serve_demo_relay=_serve_demo_relay) as app, create(app) as client:
        loop = asyncio.get_running_loop()
        closing: list[asyncio.Task[None]] = []
        task = asyncio.ensure_future(_login_and_connect(client, token))
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, lambda: closing.append(loop.create_task(client.close())))
        await task
        await asyncio.gather(*closing)
    log.info("stopped; unfinished requests continue at the next start")


async def _login_and_connect(client: discord.Client, token: str) -> None:
    await client.login(token)
    process_memory.freeze_heap()
    await client.connect()


async def _run_doctor(settings: Settings) -> bool:
    results = [
        CheckResult(name="Settings", ok=True, message="every setting can be read"),
        await _check_database(settings),
    ]
    results += [result async for result in run_checks(settings, partial(_check_relay, settings))]
    for result in results:
        mark = "[green]✓[/]" if result.ok else "[red]✗[/]"
        _out.print(f"{mark} [bold]{result.name}[/]: {escape(result.message)}", soft_wrap=True)
        if result.remedy:
            _out.print(f"  → {result.remedy}", markup=False, soft_wrap=True)
    return all(result.ok for result in results)


async def _check_database(settings: Settings) -> CheckResult:
    from bot.store.db.engine import DatabaseInUse, open_engine

    try:
        async with open_engine(settings.database_url):
            return CheckResult(name="Database", ok=True, message="opened and up to date")
    except DatabaseInUse:
        return CheckResult(name="Database", ok=True, message="in use by a running bot: fine")
    except OperatorError as error:
        remedy = "Check DATABASE_URL and DATA_DIR in .env, and that this user may write there."
        return CheckResult(name="Database", ok=False, message=_first_line(error), remedy=remedy)


async def _check_relay(settings: Settings) -> str:
    from bot.app import open_app

    # A database that can't be opened is reported by its own check and must not hide this one.
    with TemporaryDirectory() as folder:
        elsewhere = replace(settings, database_url=f"sqlite+aiosqlite:///{folder}/new.db")
        async with open_app(elsewhere, serve_demo_relay=_serve_demo_relay) as app:
            return await app.check_relay()


def _serve_demo_relay(fetch: Fetch) -> AbstractAsyncContextManager[str]:
    # Imported here: with a real relay the painter is never loaded.
    from bot.demo.relay.server import DemoRelay

    return DemoRelay(fetch=fetch).serve()


def _has_screen() -> bool:
    """Whether a browser would open a window rather than take over this terminal."""
    return sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _settings() -> Settings:
    try:
        # utf-8-sig skips the byte order mark that Windows editors write.
        written = dotenv_values(Path(".env"), encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        _fail(f".env can't be read: {error}\nSave it as UTF-8 text that this user may read.")
    environment = {key: value for key, value in written.items() if value is not None}
    try:
        settings = Settings.from_env({**environment, **os.environ})
    except SettingsError as error:
        _fail(f"The settings have problems; correct them in .env:\n{error}")
    secrets = [secret.reveal() for secret in (settings.discord_token, settings.relay_token) if secret]
    configure_logging(settings.log_level, as_json=settings.log_format == "json", secrets=secrets)
    return settings


def _first_line(error: BotError) -> str:
    return (error.detail or str(error)).splitlines()[0]


def _fail(message: str) -> NoReturn:
    _err.print(message, markup=False, soft_wrap=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
