"""An outage of the database is logged once when it begins and once when it ends."""

from __future__ import annotations

import logging

import pytest

from bot.store.db.outage import OutageLog


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
