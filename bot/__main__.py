"""The command line; the only reader of the environment."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path
from typing import Annotated, NoReturn

import discord
import typer
from dotenv import dotenv_values
from rich.console import Console

from bot.errors import BotError, OperatorError
from bot.ops.logs import set_up
from bot.settings import Settings, SettingsError

log = logging.getLogger("bot")
cli = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The Discord image bot that never loses a request."
)
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)

MISSING = (
    "There is no DISCORD_TOKEN yet: create a bot in the Discord Developer Portal and write its token in .env, "
    "as the README shows step by step. To see the bot at once without any account, type: make demo"
)
REFUSED = (
    "Discord refused DISCORD_TOKEN: reset it in the Developer Portal (Bot → Reset Token) and write the new "
    "one in .env."
)


def main() -> None:
    """Run the command line."""
    cli()


@cli.command()
def run() -> None:
    """Run the bot on Discord."""
    settings = _settings()
    if settings.discord_token is None:
        _fail(MISSING)
    try:
        asyncio.run(_run(settings, settings.discord_token.reveal()))
    except discord.LoginFailure:
        _fail(REFUSED)
    except BotError as error:
        _fail(f"{error} {error.detail}".strip())


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="The page's port; 0 picks a free one.")] = 8765,
    browser: Annotated[bool, typer.Option(help="Open a browser where there is one.")] = True,
    delay: Annotated[
        float | None, typer.Option(help="Seconds a picture takes; lifelike if left out.")
    ] = None,
    locale: Annotated[str, typer.Option(help="Language of the people there: en-US, zh-CN, …")] = "en-US",
) -> None:
    """Show the real bot in a local page, with no account, token or key."""
    try:
        from bot.demo.playground import play
    except ImportError as error:
        _fail(f"The page needs the extra “demo” ({error.name} is missing). Type: make demo")
    set_up("WARNING", "text", [])
    asyncio.run(play(port=port, open_browser=browser, delay=delay, announce=_out.print, locale=locale))


@cli.command()
def doctor() -> None:
    """Check settings, database, relay, Discord and the clock; say how to mend each."""
    settings = _settings()
    if not asyncio.run(_doctor(settings)):
        raise typer.Exit(1)


async def _run(settings: Settings, token: str) -> None:
    from bot.app import open_app
    from bot.client import create_bot

    async with open_app(settings) as app, create_bot(app) as bot:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(bot.start(token))
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, lambda: closing.append(loop.create_task(bot.close())))
        closing: list[asyncio.Task[None]] = []
        await task
        await asyncio.gather(*closing)
    log.info("stopped; what was unfinished goes on at the next start")


async def _doctor(settings: Settings) -> bool:
    from bot.app import open_app
    from bot.ops.doctor import Finding, examine

    findings = [Finding(subject="Settings", good=True, says="every setting can be read")]
    try:
        async with open_app(settings) as app:
            findings.append(Finding(subject="Database", good=True, says="opened and up to date"))
            findings += [finding async for finding in examine(settings, app.check_relay)]
    except OperatorError as error:
        mend = "Check DATABASE_URL and DATA_DIR in .env, and that this user may write there."
        findings.append(Finding(subject="Database", good=False, says=error.detail, mend=mend))
    for finding in findings:
        mark = "[green]✓[/]" if finding.good else "[red]✗[/]"
        _out.print(f"{mark} [bold]{finding.subject}[/]: {finding.says}")
        if finding.mend:
            _out.print(f"  → {finding.mend}")
    return all(finding.good for finding in findings)


def _settings() -> Settings:
    environment = {key: value for key, value in dotenv_values(Path(".env")).items() if value is not None}
    try:
        settings = Settings.from_env({**environment, **os.environ})
    except SettingsError as error:
        _fail(f"The settings have problems; mend them in .env:\n{error}")
    set_up(settings.log_level, settings.log_format, [settings.discord_token, settings.relay_token])
    return settings


def _fail(message: str) -> NoReturn:
    _err.print(message)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
