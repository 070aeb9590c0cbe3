"""The command line; the only module that reads the environment."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from dotenv import dotenv_values

from bot.config.settings import Settings, SettingsError
from bot.config.unknown_settings import warn_of_unknown
from bot.domain.errors import OperatorError
from bot.ops import database_commands
from bot.ops.check_result import CheckResult
from bot.ops.doctor import operator_message, run_checks
from bot.ops.process_exit import Failure
from bot.ops.relay_check import check_relay
from bot.ops.storage_checks import check_database, check_originals, check_storage
from bot.telemetry.logging import configure_logging
from bot.telemetry.version import version

if TYPE_CHECKING:
    from rich.console import Console

    from bot.app import App, Fetch
    from bot.gateway import ImageBot
    from bot.gateway.headless import HeadlessWorker

log = logging.getLogger("bot")
cli = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, which can be secrets
)

WORKER_NEEDS_POSTGRESQL = (
    "A worker shares the work of other processes through PostgreSQL, but DATABASE_URL names an SQLite file, "
    "which takes one process. Write DATABASE_URL=postgresql://user:password@host/database for all of them, "
    "or start “jimeng-bot run” alone: it draws too."
)


def main() -> None:
    """Run the command line."""
    try:
        cli()
    except Failure as failure:
        _report(str(failure))
        sys.exit(failure.code)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"jimeng-bot {version()}")
        raise typer.Exit


@cli.callback(invoke_without_command=True)
def default_command(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The Discord image bot that never loses a request; without a command it runs."""
    if context.invoked_subcommand is None:
        run()


@cli.command()
def run() -> None:
    """Run the bot on Discord."""
    settings = _settings()
    from bot.ops.serve import serve

    serve(settings, _create_bot, _serve_demo_relay, calls_relay=settings.run_workers)


@cli.command()
def worker() -> None:
    """Generate and deliver what other processes accepted, without a gateway; needs PostgreSQL."""
    settings = _settings()
    if not settings.supports_many_processes:
        raise Failure(WORKER_NEEDS_POSTGRESQL)
    from bot.ops.serve import serve

    serve(settings, _create_worker, _serve_demo_relay, calls_relay=True)


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
        hint = "Type: make demo; or: pip install '.[demo]'"
        raise Failure(f"The page needs the extra “demo” ({error.name} is missing). {hint}") from None
    configure_logging("WARNING", as_json=False)
    asyncio.run(
        run_playground(
            port=port,
            open_browser=browser and _has_screen(),
            delay=delay,
            announce=partial(_console().print, soft_wrap=True),
            locale=locale,
        )
    )


@cli.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Check settings, database, disk, relay, Discord and the clock, with a remedy for each problem."""
    settings = _settings()
    results = asyncio.run(_run_doctor(settings))
    if as_json:
        _say(
            json.dumps({"ok": all(each.ok for each in results), "checks": [asdict(each) for each in results]})
        )
    else:
        _print_results(results)
    if not all(each.ok for each in results):
        raise typer.Exit(1)


@cli.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print it once, as JSON.")] = False,
) -> None:
    """Show the queue, the relay's health and the last hour, until Ctrl-C; changes nothing."""
    settings = _settings()
    from bot.ops.status import print_status, watch_status

    try:
        with suppress(KeyboardInterrupt):
            asyncio.run((print_status if as_json else watch_status)(settings, _console()))
    except OperatorError as error:
        raise Failure(operator_message(error)) from None


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")]) -> None:
    """Write all data into one SQLite file, while the bot goes on."""
    database_commands.back_up(_settings(), file, _say)


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that “backup” wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace the data that is there.")] = False,
) -> None:
    """Put a backup in the place of the database; stop the bot first."""
    database_commands.restore(_settings(), file, _say, replace=replace)


@cli.command()
def copy(
    source: Annotated[str, typer.Argument(help="The DATABASE_URL to copy from.")],
    target: Annotated[str, typer.Argument(help="The DATABASE_URL of an empty database.")],
) -> None:
    """Copy all data into another database, as from SQLite to PostgreSQL; stop the bot first."""
    database_commands.copy(_settings(), source, target, _say)


@cli.command()
def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail if there is one to apply.")
    ] = False,
    downgrade: Annotated[
        str | None, typer.Option(help="Go back to this schema, before an earlier version is installed.")
    ] = None,
) -> None:
    """Apply the database's migrations, as the next start would."""
    database_commands.migrate(_settings(), _say, check=check, downgrade=downgrade)


def _say(message: str) -> None:
    _console().print(message, markup=False, soft_wrap=True)


def _create_bot(app: App) -> ImageBot:
    from bot.gateway.client import create_bot

    return create_bot(app)


def _create_worker(app: App) -> HeadlessWorker:
    from bot.gateway.headless import HeadlessWorker

    return HeadlessWorker(app)


async def _run_doctor(settings: Settings) -> list[CheckResult]:
    results = [
        CheckResult(name="Settings", ok=True, message="every setting can be read"),
        *await check_database(settings.database_url),
        *check_storage(settings),
        await check_originals(settings.originals_url),
    ]
    return results + [
        result async for result in run_checks(settings, partial(check_relay, settings, _serve_demo_relay))
    ]


def _print_results(results: Sequence[CheckResult]) -> None:
    from rich.markup import escape

    out = _console()
    for result in results:
        mark = "[green]✓[/]" if result.ok else "[red]✗[/]"
        out.print(f"{mark} [bold]{result.name}[/]: {escape(result.message)}", soft_wrap=True)
        if result.remedy:
            out.print(f"  → {result.remedy}", markup=False, soft_wrap=True)


def _serve_demo_relay(fetch: Fetch) -> AbstractAsyncContextManager[str]:
    # Imported here: with a real relay the painter is never loaded.
    from bot.demo.relay.server import DemoRelay

    return DemoRelay(fetch=fetch).serve()


def _has_screen() -> bool:
    """Whether a browser would open a window rather than take over this terminal."""
    return sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _settings() -> Settings:
    file = _env_file()
    try:
        settings = Settings.from_env({**file, **os.environ})
    except SettingsError as error:
        raise Failure(f"The settings have problems; correct them in .env:\n{error}") from None
    keys = (
        settings.discord_token,
        settings.relay_token,
        settings.console_password,
        *settings.provider_keys.values(),
    )
    secrets = [key.reveal() for key in keys if key]
    configure_logging(settings.log_level, as_json=settings.log_format == "json", secrets=secrets)
    for warning in warn_of_unknown(file, os.environ, settings.provider_keys):
        log.warning("%s", warning)
    return settings


def _env_file() -> dict[str, str]:
    try:
        # utf-8-sig skips the byte order mark that Windows editors write.
        found = dotenv_values(Path(".env"), encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        message = f".env can't be read: {error}\nSave it as UTF-8 text that this user may read."
        raise Failure(message) from None
    return {key: value for key, value in found.items() if value is not None}


def _report(message: str) -> None:
    """Write why the process ends, as a log line where a collector reads JSON."""
    if message and _logs_json():
        if not logging.getLogger().handlers:
            configure_logging("INFO", as_json=True)
        log.critical("%s", message)
    elif message:
        _console(stderr=True).print(message, markup=False, soft_wrap=True)


def _console(*, stderr: bool = False) -> Console:
    # Imported here: a bot that runs prints nothing but its log.
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def _logs_json() -> bool:
    file: dict[str, str] = {}
    with suppress(Failure):
        file = _env_file()
    return {**file, **os.environ}.get("LOG_FORMAT", "").strip().lower() == "json"


if __name__ == "__main__":
    main()
