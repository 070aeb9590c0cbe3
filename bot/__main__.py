"""The command line; the only reader of the environment."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
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
from bot.ops.doctor import UNREACHABLE, Finding, examine
from bot.telemetry.logging import set_up

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger("bot")
cli = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,  # they can show secrets, which the log never does
)
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)

MISSING = (
    "There is no DISCORD_TOKEN yet: create a bot in the Discord Developer Portal and write its token in "
    ".env, as the README shows step by step. To see the bot at once without any account, type: make demo"
)
REFUSED = (
    "Discord refused DISCORD_TOKEN: reset it in the Developer Portal (Bot → Reset Token) and write the new "
    "one in .env."
)
NO_INTENT = (
    "Discord doesn't let this bot read messages yet: in the Developer Portal, under Bot, switch on Message "
    "Content Intent (bots on 100 servers or more must apply for it there), or write "
    "MESSAGE_CONTENT_INTENT=false in .env: the bot works without it, but then sees other people's pictures "
    "by Apps → Remix alone."
)
AWAY = "Discord can't be reached: check this machine's network, or ask “jimeng-bot doctor” what is amiss."

ALONE = (
    "A worker shares the work of other processes through PostgreSQL, but DATABASE_URL names an SQLite file, "
    "which takes one process. Write DATABASE_URL=postgresql://user:password@host/database for all of them, "
    "or start “jimeng-bot run” alone: it draws too."
)


def main() -> None:
    """Run the command line."""
    cli()


@cli.callback(invoke_without_command=True)
def choose(context: typer.Context) -> None:
    """The Discord image bot that never loses a request; without a command it runs."""
    if context.invoked_subcommand is None:
        run()


@cli.command()
def run() -> None:
    """Run the bot on Discord."""
    _serve(_settings(), _bot)


@cli.command()
def worker() -> None:
    """Draw and deliver what other processes accepted, with no gateway; needs PostgreSQL."""
    settings = _settings()
    if not settings.many_processes:
        _fail(ALONE)
    _serve(settings, _worker)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="The page's port; 0 picks a free one.")] = 8765,
    browser: Annotated[bool, typer.Option(help="Open a browser where there is one.")] = True,
    delay: Annotated[
        float | None, typer.Option(help="Seconds a picture takes; lifelike if left out.")
    ] = None,
    locale: Annotated[
        str, typer.Option(help="Language of the people there: en-US, zh-CN, zh-TW, …")
    ] = "en-US",
) -> None:
    """Show the real bot in a local page, with no account, token or key."""
    try:
        from bot.demo.page.playground import play
    except ImportError as error:
        _fail(f"The page needs the extra “demo” ({error.name} is missing). Type: make demo")
    set_up("WARNING", "text", [])
    asyncio.run(
        play(
            port=port,
            open_browser=browser and _has_screen(),
            delay=delay,
            announce=partial(_out.print, soft_wrap=True),
            locale=locale,
        )
    )


@cli.command()
def doctor() -> None:
    """Check settings, database, relay, Discord and the clock; say how to mend each."""
    settings = _settings()
    if not asyncio.run(_doctor(settings)):
        raise typer.Exit(1)


def _bot(app: App) -> discord.Client:
    from bot.gateway.client import create_bot

    return create_bot(app)


def _worker(app: App) -> discord.Client:
    from bot.gateway.headless import Worker

    return Worker(app)


def _serve(settings: Settings, create: Callable[[App], discord.Client]) -> None:
    """Open the app and run a client around it until a signal comes; end in words where that can't be."""
    if settings.discord_token is None:
        _fail(MISSING)
    try:
        asyncio.run(_until_signal(settings, settings.discord_token.reveal(), create))
    except discord.LoginFailure:
        _fail(REFUSED)
    except discord.PrivilegedIntentsRequired:
        _fail(NO_INTENT)
    except UNREACHABLE as error:
        log.debug("while connecting", exc_info=error)
        _fail(f"{AWAY} ({type(error).__name__})")
    except BotError as error:
        _fail(_in_a_line(error))
    except Exception:
        log.critical("the bot ended by a mistake of its own", exc_info=True)
        raise typer.Exit(1) from None


async def _until_signal(settings: Settings, token: str, create: Callable[[App], discord.Client]) -> None:
    from bot.app import open_app

    process_memory.be_sparing()
    async with open_app(settings) as app, create(app) as client:
        loop = asyncio.get_running_loop()
        closing: list[asyncio.Task[None]] = []
        task = asyncio.ensure_future(_live(client, token))
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, lambda: closing.append(loop.create_task(client.close())))
        await task
        await asyncio.gather(*closing)
    log.info("stopped; what was unfinished goes on at the next start")


async def _live(client: discord.Client, token: str) -> None:
    await client.login(token)
    process_memory.settle()
    await client.connect()


async def _doctor(settings: Settings) -> bool:
    findings = [
        Finding(subject="Settings", good=True, says="every setting can be read"),
        await _database(settings),
    ]
    findings += [finding async for finding in examine(settings, partial(_check_relay, settings))]
    for finding in findings:
        mark = "[green]✓[/]" if finding.good else "[red]✗[/]"
        _out.print(f"{mark} [bold]{finding.subject}[/]: {escape(finding.says)}", soft_wrap=True)
        if finding.mend:
            _out.print(f"  → {finding.mend}", markup=False, soft_wrap=True)
    return all(finding.good for finding in findings)


async def _database(settings: Settings) -> Finding:
    from bot.store.db.engine import DatabaseInUse, open_engine

    try:
        async with open_engine(settings.database_url):
            return Finding(subject="Database", good=True, says="opened and up to date")
    except DatabaseInUse:
        return Finding(subject="Database", good=True, says="in use by a running bot: fine")
    except OperatorError as error:
        mend = "Check DATABASE_URL and DATA_DIR in .env, and that this user may write there."
        return Finding(subject="Database", good=False, says=_in_a_line(error), mend=mend)


async def _check_relay(settings: Settings) -> str:
    from bot.app import open_app

    # A database that can't be opened is a finding of its own and hides no other.
    with TemporaryDirectory() as folder:
        async with open_app(replace(settings, database_url=f"sqlite+aiosqlite:///{folder}/new.db")) as app:
            return await app.check_relay()


def _has_screen() -> bool:
    """Whether a browser would open in a window, not in the terminal that shows the address."""
    return sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _settings() -> Settings:
    try:
        # Editors on Windows put a mark at the file's beginning, which utf-8-sig takes off.
        written = dotenv_values(Path(".env"), encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        _fail(f".env can't be read: {error}\nSave it as UTF-8 text that this user may read.")
    environment = {key: value for key, value in written.items() if value is not None}
    try:
        settings = Settings.from_env({**environment, **os.environ})
    except SettingsError as error:
        _fail(f"The settings have problems; mend them in .env:\n{error}")
    set_up(settings.log_level, settings.log_format, [settings.discord_token, settings.relay_token])
    return settings


def _in_a_line(error: BotError) -> str:
    return (error.detail or str(error)).splitlines()[0]


def _fail(message: str) -> NoReturn:
    _err.print(message, markup=False, soft_wrap=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
