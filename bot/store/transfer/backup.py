"""Writes a database into a single SQLite file, while the bot goes on using it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url

from bot.domain.errors import OperatorError
from bot.store.db.engine import connected_engine, open_engine
from bot.store.db.schema.migration import check_revision, read_sqlite_revision
from bot.store.db.transactions import write
from bot.store.erasures import FILE_NAME, Erasure, ErasureList
from bot.store.transfer.files import new_file, require_file
from bot.store.transfer.snapshot import snapshot
from bot.store.transfer.table_copy import copy_tables

_STAMP = "CREATE TABLE backup AS SELECT CAST(? AS REAL) AS at"
# Tokens and addresses of results are credentials; and by the time of a restoration they have expired.
_WIPE_TOKENS = "UPDATE jobs SET token = '' WHERE token <> ''"
_WIPE_RESULTS = "UPDATE jobs SET results = NULL WHERE results IS NOT NULL"
_ERASURES = "SELECT at, kind, id, keep_opt_out FROM erasures"


async def back_up(url: str, file: Path, *, now: float) -> None:
    """Write a backup of the database at ``url`` into a new private file; raise ``OperatorError``.

    What was erased on request is added to a list beside the file, for older backups there.
    """
    address = make_url(url)
    with new_file(file) as partial:
        if address.get_backend_name() == "sqlite":
            _copy_sqlite(Path(address.database or ""), partial)
        else:
            await _copy_postgres(address, partial)
        _finish(partial, now)
        erasures = _read_erasures(partial)
    try:
        ErasureList(file.with_name(FILE_NAME)).merge(erasures, now=now)
    except OSError as error:
        raise OperatorError(f"the list of erasures beside {file} can't be written: {error}") from error


def read_backup_time(file: Path) -> float:
    """Return when a backup was made, in seconds since the epoch; raise ``OperatorError`` if it is none."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise OperatorError(f"{file} is damaged: {found}")
            return database.execute("SELECT at FROM backup").fetchone()[0]
    except (sqlite3.Error, TypeError) as error:
        raise OperatorError(f"{file} is no backup of the bot: {error}") from error


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database in a single step, which sees one moment; in several it would begin anew at each write.

    Writers aren't held up: they append to the write-ahead log meanwhile.
    """
    require_file(source)
    # Not read-only, as a file whose process was killed can only be read after it is recovered.
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as database:
        if (revision := read_sqlite_revision(database)) is None:
            raise OperatorError(f"{source} isn't a database of the bot")
        check_revision(revision)
        with closing(sqlite3.connect(target)) as copy:
            database.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")


async def _copy_postgres(address: URL, target: Path) -> None:
    async with (
        connected_engine(address) as source,
        open_engine(f"sqlite:///{target}", durable=False) as engine,
    ):

        def copy(connection: Connection) -> None:
            with snapshot(source) as unchanged:
                # A restoration builds the indexes, as every start does with those that are missing.
                copy_tables(unchanged, connection, indexes=False)

        await write(engine, copy)


def _finish(file: Path, now: float) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA secure_delete=ON")
        with database:
            _wipe_credentials(database)
            database.execute(_STAMP, (now,))
        # One file, which can be copied as it is.
        database.execute("PRAGMA journal_mode=DELETE")


def _wipe_credentials(database: sqlite3.Connection) -> None:
    database.execute(_WIPE_TOKENS)
    columns = {row[1] for row in database.execute("PRAGMA table_info(jobs)")}
    if "results" in columns:  # not in those of an earlier version
        database.execute(_WIPE_RESULTS)


def _read_erasures(file: Path) -> list[Erasure]:
    with closing(sqlite3.connect(file)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'erasures'").fetchone():
            return []  # of an earlier version
        return [
            Erasure(at=at, kind=kind, id=id_, keep_opt_out=bool(keep))
            for at, kind, id_, keep in database.execute(_ERASURES)
        ]
