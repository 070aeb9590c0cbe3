"""What holds for every test: no deadline on a slow machine, in CI nothing is skipped; and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from postgres_server import HOW_TO_GET, find_postgres, throwaway_postgres
from sqlalchemy.engine import make_url

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
_numbers = count(1)


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
def postgres_server() -> Generator[str]:
    programs = find_postgres()
    if programs is None:
        pytest.skip(HOW_TO_GET)
    with throwaway_postgres(programs) as url:
        yield url


@pytest.fixture(scope="session")
def new_postgres_url(postgres_server: str) -> Callable[[], str]:
    server = make_url(postgres_server)
    host, user = str(server.query["host"]), server.username

    def new() -> str:
        name = f"test_{next(_numbers)}"
        with psycopg.connect(host=host, user=user, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return server.set(database=name).render_as_string(hide_password=False)

    return new


@pytest.fixture
def postgres_url(new_postgres_url: Callable[[], str]) -> str:
    return new_postgres_url()
