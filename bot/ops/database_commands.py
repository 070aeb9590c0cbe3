"""What the command line does with the database, in words for the operator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bot.config import data_folder, setting_values
from bot.config.settings import Settings
from bot.domain.errors import OperatorError
from bot.ops.doctor import operator_message
from bot.ops.process_exit import EX_CONFIG, EX_TEMPFAIL, Failure

_T = TypeVar("_T")
Report = Callable[[str], object]


def back_up(settings: Settings, file: Path, report: Report) -> None:
    """Write a backup into a new file; raise ``Failure`` with a sentence."""
    from bot.store.transfer.backup import back_up as write_backup

    _run(settings, lambda: write_backup(settings.database_url, file, now=time.time()))
    report(
        f"The backup is in {file} ({file.stat().st_size / 1e6:,.1f} MB). Keep it private: it holds prompts."
    )


def restore(settings: Settings, file: Path, report: Report, *, replace: bool) -> None:
    """Put a backup in the place of the database; raise ``Failure`` with a sentence, and change nothing."""
    from bot.store.transfer.restore import restore as put_back

    done = _run(
        settings,
        lambda: put_back(file, settings.database_url, settings.data_dir, replace=replace, now=time.time()),
    )
    made = datetime.fromtimestamp(done.backup_at, UTC)
    report(f"The database is as it was at {made:%Y-%m-%d %H:%M:%S} UTC. Start the bot now.")
    if done.unanswered:
        report(f"Open requests then: {done.unanswered}. None is drawn again: the bot tells their askers.")
    if done.erasures:
        report(f"Erased again, as it was asked for since: {done.erasures} members or pictures.")
    if done.replaced:
        report(
            f"The data from before is in {done.replaced}. Delete it when all is well: it holds erased data."
        )


def copy(settings: Settings, source: str, target: str, report: Report) -> None:
    """Copy a database into an empty one; raise ``Failure`` with a sentence."""
    from bot.store.transfer.copy import copy_database

    addresses = [_address(text) for text in (source, target)]
    rows = _run(settings, lambda: copy_database(*addresses))
    for table, count in rows.items():
        if count:
            report(f"{table}: {count:,} {'row' if count == 1 else 'rows'}")
    report("All is copied. Write the new DATABASE_URL in .env, and start the bot.")


def migrate(settings: Settings, report: Report, *, check: bool, downgrade: str | None) -> None:
    """Bring the database's schema up to date, or back to an earlier one; raise ``Failure``.

    With ``check`` nothing is changed, and it fails if a migration is pending.
    """
    from bot.store.db.schema.inspection import pending_migrations
    from bot.store.db.schema.upgrades import change_schema

    if check:
        pending = _run(settings, lambda: pending_migrations(settings.database_url), prepare=False)
        if pending:
            raise Failure(f"Migrations to apply: {', '.join(pending)}. Type: jimeng-bot migrate", 1)
        report("The database is up to date.")
        return
    before, after = _run(settings, lambda: change_schema(settings.database_url, downgrade))
    changed = f"The schema was {before or 'empty'} and is {after} now."
    report(f"The schema is {after}." if before == after else changed)


def _address(text: str) -> str:
    try:
        return setting_values.database_url(text)
    except ValueError as error:
        raise Failure(str(error)) from None


def _run(settings: Settings, action: Callable[[], Awaitable[_T]], *, prepare: bool = True) -> _T:
    async def run() -> _T:
        return await action()

    try:
        with data_folder.private_files():
            if prepare:
                data_folder.prepare(settings.data_dir)
            return asyncio.run(run())
    except OperatorError as error:
        raise Failure(operator_message(error), EX_TEMPFAIL if error.retry else EX_CONFIG) from None
