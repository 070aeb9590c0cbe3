"""What holds for every test: no deadline on a slow machine, in CI nothing is skipped; and PostgreSQL."""

from __future__ import annotations

import gc
import os
from collections.abc import Collection, Generator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import event
from sqlalchemy.pool import Pool

from tests.support.databases import PostgresDatabases
from tests.support.postgres_server import INSTALL_HINT, find_postgres, temporary_postgres

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
_SLOW = ("chaos", "browser", "wire")
"""Folders whose tests take long, but wait for most of that: for processes, leases and pages."""
_BEGUN = 0.7
"""The part of all quick files with which the last slow one begins, lest it be waited for in the end."""


@event.listens_for(Pool, "checkout")
def _wait_for_no_disk(connection: Any, record: Any, _: object) -> None:
    """Spare SQLite its waits for the disk: no test cuts the power, and processes of their own still wait."""
    if "sqlite" in type(connection).__module__ and record.info.setdefault("waits", True):
        record.info["waits"] = False
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.close()


def pytest_xdist_auto_num_workers() -> int:
    """Let one more work than there are processors, for the time that others wait."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the slow files, of each kind in turn, among the quick ones, and have them begun early."""
    files: dict[str, dict[Path, None]] = {folder: {} for folder in (*_SLOW, "quick")}
    for item in items:
        folder = item.path.parent.name
        files[folder if folder in _SLOW else "quick"].setdefault(item.path)
    quick = files.pop("quick")
    slow = [path for turn in zip_longest(*files.values()) for path in turn if path is not None]
    places = _places(slow, _BEGUN) | _places(quick, 1)
    items.sort(key=lambda item: places[item.path])


def pytest_collection_finish() -> None:
    """Have what was imported left alone by the garbage collector, and look for garbage less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _places(files: Collection[Path], end: float) -> dict[Path, float]:
    return {path: number * end / len(files) for number, path in enumerate(files)}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run in CI when a test was skipped: a tool is missing there."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI") or session.exitstatus != pytest.ExitCode.OK:
        return
    if skipped := reporter.stats.get("skipped"):
        reporter.write_line(f"{len(skipped)} tests were skipped, which CI doesn't allow", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def postgres_server() -> Generator[PostgresDatabases]:
    programs = find_postgres()
    if programs is None:
        pytest.skip(INSTALL_HINT)
    with temporary_postgres(programs) as url:
        yield PostgresDatabases(url)


@pytest.fixture
def postgres_url(postgres_server: PostgresDatabases) -> str:
    return postgres_server.new()
