"""What holds for every test: no deadline on a slow machine, in CI nothing is skipped; and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest
from databases import Postgres
from hypothesis import HealthCheck, settings
from postgres_server import HOW_TO_GET, find_postgres, throwaway_postgres

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


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
def postgres_server() -> Generator[Postgres]:
    programs = find_postgres()
    if programs is None:
        pytest.skip(HOW_TO_GET)
    with throwaway_postgres(programs) as url:
        yield Postgres(url)


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> str:
    return postgres_server.new()
