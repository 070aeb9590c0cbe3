"""Recognizes an outage of the database, and logs it once when it begins and once when it ends."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from time import monotonic

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from bot.store.db import postgres

log = logging.getLogger(__name__)

_TOLERANCE = 1.0
"""Seconds of failures that aren't logged: a single connection may break without an outage."""
# A full or failing disk, a file that can't be written or opened, one that another program locks.
_SQLITE_OUTAGES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
}


class OutageLog:
    """Tracks whether a database can be reached; all operations on it report to one."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self._logged = False
        self._writes_only = False

    def failed(self, error: BaseException) -> None:
        """Report that an operation failed because of the connection, or of the disk."""
        if self._since is None:
            self._since, self._writes_only = self._clock(), allows_reads(error)
        elif not self._logged and self._clock() - self._since >= _TOLERANCE:
            self._logged = True
            log.warning("the database is unavailable (%s); retrying until it is back", _reason(error))

    def succeeded(self, *, wrote: bool = True) -> None:
        """Report that an operation succeeded."""
        if self._writes_only and not wrote:
            return
        if self._since is not None and self._logged:
            log.info("the database is available again after %.1f s", self._clock() - self._since)
        self._since, self._logged, self._writes_only = None, False, False


def is_unavailable(error: BaseException) -> bool:
    """Whether an operation failed because of the connection or the disk, so that it can be repeated."""
    if isinstance(error, DBAPIError):
        if isinstance(error.orig, sqlite3.Error):
            return _is_sqlite_outage(error.orig)
        return postgres.is_connection_failure(error)
    return isinstance(error, NoFreeConnection)


def allows_reads(error: BaseException) -> bool:
    """Whether an outage is of writing alone."""
    return isinstance(error, DBAPIError) and (_is_sqlite_outage(error.orig) or postgres.is_read_only(error))


def _is_sqlite_outage(error: BaseException | None) -> bool:
    # The lowest byte is the code, the others say more of it.
    return (
        isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGES
    )


def _reason(error: BaseException) -> str:
    """Return what happened: of PostgreSQL's errors the type alone, as a message may quote the URL."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        return str(error.orig)
    return type(error).__name__
