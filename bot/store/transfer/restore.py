"""Replaces the database by a backup, without undoing erasures or drawing anything again."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, select, text, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.errors import DataRestored, OperatorError
from bot.domain.guild_settings import Preferences
from bot.domain.requests.cancellation import BY_ASKER
from bot.store.db.engine import connected_engine, exclusive_access, open_engine
from bot.store.db.other_processes import write_alone
from bot.store.db.tables import jobs, styles
from bot.store.db.transactions import read, write
from bot.store.erasures import FILE_NAME, Erasure, ErasureList, record_erasure, stored_erasures
from bot.store.personal_data import PersonalDataStore
from bot.store.transfer.backup import read_backup_time
from bot.store.transfer.files import sync
from bot.store.transfer.table_copy import copy_tables, delete_rows, is_empty, last_id, set_last_id

log = logging.getLogger(__name__)

REPLACE = "Write --replace to restore the backup in its place."
_ID_GAP = 1_000_000
"""Ids that are left out: cards from after the backup have buttons with ids that must not be given again."""
_BATCH = 200
_UNANSWERED: dict[str, Any] = {
    "state": "failed",
    "problem": DataRestored.key,
    "facts": {},
    "pictures": [],
    "shown": [],
    "drawn_at": None,
    "calls_left": 0,
}
# Without a token, their cards are read and edited as messages of the bot's own.
_UNDELIVERED: dict[str, Any] = {"worker": None, "lease": 0.0, "token": None, "own_card": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """What was restored: when the backup was made, and how many requests and erasures it concerned.

    ``replaced`` is where the SQLite file is that was there before.
    """

    backup_at: float
    unanswered: int
    erasures: int
    replaced: Path | None


async def restore(file: Path, url: str, data_dir: Path, *, replace: bool, now: float) -> Restoration:
    """Put a backup in the place of the database at ``url``; raise ``OperatorError`` and change nothing.

    Without ``replace`` the database must be empty. Erasures from after the backup, which are in the present
    database and in the lists beside both, are repeated. Requests that were open then become failed ones: the
    bot tells their askers, unless their cards show an answer.
    """
    address, backup_at = make_url(url), read_backup_time(file)
    shared = address.get_backend_name() == "postgresql"
    with exclusive_access(address), _work_folder(data_dir if shared else _file(address).parent) as folder:
        copy = folder / "jobs.db"
        shutil.copyfile(file, copy)
        present = await (_in_postgres(url, replace) if shared else _in_sqlite(address, replace))
        listed = ErasureList(file.with_name(FILE_NAME)).read(), ErasureList(data_dir / FILE_NAME).read()
        erasures = _after(backup_at, present, *listed)
        async with open_engine(f"sqlite:///{copy}") as engine:
            unanswered = await write(engine, lambda connection: _close_requests(connection, now))
            await _repeat(engine, erasures, now)
            await write(engine, _leave_out_ids)
            if shared:
                await _fill_postgres(engine, url)
        replaced = None if shared else _replace_sqlite(copy, _file(address), now)
    return Restoration(backup_at=backup_at, unanswered=unanswered, erasures=len(erasures), replaced=replaced)


def _file(address: URL) -> Path:
    return Path(address.database or "")


@contextmanager
def _work_folder(parent: Path) -> Generator[Path]:
    with TemporaryDirectory(prefix=".restore-", dir=parent) as folder:
        yield Path(folder)


async def _in_postgres(url: str, replace: bool) -> list[Erasure]:
    async with open_engine(url) as engine:
        return await _read_present(engine, replace)


async def _in_sqlite(address: URL, replace: bool) -> list[Erasure]:
    if not await asyncio.to_thread(_file(address).exists):
        return []
    try:
        async with connected_engine(address) as engine:
            return await _read_present(engine, replace)
    except (SQLAlchemyError, sqlite3.Error) as error:
        # A damaged file, or one of an earlier version.
        if not replace:
            raise OperatorError(f"the database can't be read: {error}. {REPLACE}") from error
        log.warning("the present database can't be read (%s): erasures are known from the lists alone", error)
        return []


async def _read_present(engine: Engine, replace: bool) -> list[Erasure]:
    """Return the erasures in a database; raise ``OperatorError`` if it must be empty and isn't."""
    if not replace and not await read(engine, is_empty):
        raise OperatorError(f"the database has data already. {REPLACE}")
    return await read(engine, stored_erasures)


def _after(moment: float, *lists: Sequence[Erasure]) -> list[Erasure]:
    return sorted({erasure for each in lists for erasure in each if erasure.at > moment})


def _close_requests(connection: Connection, now: float) -> int:
    """Fail the requests that were open, and return their number.

    Failed ones are delivered when the bot starts, which looks at their cards first.
    """
    unanswered = jobs.c.state.in_(("waiting", "running", "drawn"))
    closed = connection.execute(update(jobs).where(unanswered).values(_UNANSWERED)).rowcount
    connection.execute(update(jobs).where(jobs.c.state == "failed").values(**_UNDELIVERED, deadline=now))
    connection.execute(text("DROP TABLE backup"))
    return closed


async def _repeat(engine: Engine, erasures: Sequence[Erasure], now: float) -> None:
    """Erase again what was erased after the backup."""
    records = PersonalDataStore(engine)
    for erasure in erasures:
        if erasure.kind == "request":
            await write(engine, partial(_delete_answer, erasure=erasure))
            continue
        async for batch in records.member_batches(erasure.id, most=_BATCH):
            await records.erase_member_jobs(batch, {}, now=now)
        keep = Preferences(allow_remixes=False) if erasure.keep_opt_out else None
        await records.erase_profile(erasure.id, now=erasure.at, keep=keep)


def _delete_answer(connection: Connection, erasure: Erasure) -> None:
    facts: dict[str, Any] = connection.scalar(select(jobs.c.facts).where(jobs.c.id == erasure.id)) or {}
    values: dict[str, Any] = {"kept": [], "facts": {**facts, **BY_ASKER.facts}}
    connection.execute(update(jobs).where(jobs.c.id == erasure.id).values(values))
    record_erasure(connection, erasure)


def _leave_out_ids(connection: Connection) -> None:
    for table in (jobs, styles):
        set_last_id(connection, table, last_id(connection, table) + _ID_GAP)


async def _fill_postgres(source: Engine, url: str) -> None:
    def copy(connection: Connection) -> None:
        delete_rows(connection)
        with source.connect() as rows:
            copy_tables(rows, connection)

    async with open_engine(url) as target:
        await write_alone(target, copy)


def _replace_sqlite(copy: Path, file: Path, now: float) -> Path | None:
    """Put a file in the place of the database, and return where the present one was moved."""
    moved = file.with_name(f"{file.name}.replaced-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}")
    was_there = file.exists()
    copy.chmod(0o600)
    try:
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                file.with_name(file.name + suffix).rename(moved.with_name(moved.name + suffix))
        copy.rename(file)
        sync(file.parent)
    except OSError as error:
        raise OperatorError(f"the backup can't be put in its place: {error}") from error
    return moved if was_there else None
