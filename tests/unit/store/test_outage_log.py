"""An outage of the database is logged once when it begins and once when it ends."""

from __future__ import annotations

import logging
import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError

from bot.store.db.outage import OutageLog, is_unavailable


@pytest.fixture(autouse=True)
def log_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_an_outage_is_logged_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    outage = OutageLog(lambda: now)
    for _ in range(200):
        outage.failed(OSError("password=secret"))
        now += 0.1
    for _ in range(3):
        outage.succeeded()
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "the database is unavailable (OSError); retrying until it is back"),
        ("INFO", "the database is available again after 20.0 s"),
    ]


def test_a_single_broken_connection_is_no_outage(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    outage = OutageLog(lambda: now)
    for _ in range(5):
        outage.failed(OSError())
        outage.failed(OSError())
        outage.succeeded()
        now += 10
    assert caplog.records == []


def test_reads_do_not_end_an_outage_of_writing(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    outage = OutageLog(lambda: now)
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    for _ in range(30):
        outage.failed(DBAPIError("INSERT", {}, full))
        outage.succeeded(wrote=False)
        now += 0.1
    outage.succeeded()
    assert caplog.messages == [
        "the database is unavailable (database or disk is full); retrying until it is back",
        "the database is available again after 3.0 s",
    ]


@pytest.mark.parametrize("code", [sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_CORRUPT])
def test_a_statement_that_fails_for_good_is_no_outage(code: int) -> None:
    error = sqlite3.OperationalError("no such table")
    error.sqlite_errorcode = code
    assert not is_unavailable(DBAPIError("SELECT", {}, error))


def test_a_standby_that_refuses_writes_is_an_outage() -> None:
    error = Exception("cannot execute INSERT in a read-only transaction")
    error.sqlstate = "25006"  # pyright: ignore[reportAttributeAccessIssue]  # as psycopg's errors have it
    assert is_unavailable(DBAPIError("INSERT", {}, error))
