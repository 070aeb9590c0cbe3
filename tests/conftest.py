"""Configuration of every test: Hypothesis profiles, a temporary PostgreSQL server, no skips in CI."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.compiled_statements import share_compiled_statements
from tests.support.compiled_tests import compile_tests, compute_characters
from tests.support.databases import PostgresDatabases
from tests.support.postgres_server import INSTALL_HINT, find_postgres, shared_postgres

# No deadlines: they depend on the machine. `make test` repeats the same few examples; `make fuzz` looks for
# new ones with --hypothesis-profile=fuzz.
settings.register_profile(
    "quick", max_examples=20, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fuzz", parent=settings.get_profile("quick"), max_examples=500, derandomize=False)
settings.load_profile("quick")


def pytest_xdist_auto_num_workers() -> int:
    """Start one more worker than there are processors, since many tests wait for processes and pages."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Share what is compiled; do the workers' common work before they start."""
    share_compiled_statements()
    if getattr(config.option, "numprocesses", None):
        compile_tests(config)
        compute_characters()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the PostgreSQL server, by a fixture or as a parameter."""
    for item in items:
        fixtures: set[str] = set(getattr(item, "fixturenames", ()))
        parameters: dict[str, object] = getattr(getattr(item, "callspec", None), "params", {})
        # Only strings are compared: a picture makes another picture of it.
        names = {value for value in parameters.values() if isinstance(value, str)}
        if fixtures & {"postgres_server", "postgres_url"} or "postgresql" in names:
            item.add_marker("postgres")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run in CI if a test was skipped: a tool is missing there."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI") or session.exitstatus != pytest.ExitCode.OK:
        return
    if skipped := reporter.stats.get("skipped"):
        reporter.write_line(f"{len(skipped)} tests were skipped, which CI doesn't allow", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[PostgresDatabases]:
    programs = find_postgres()
    if programs is None:
        pytest.skip(INSTALL_HINT)
    # All workers share the server.
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with (
        shared_postgres(programs, folder / "postgres") as url,
        closing(PostgresDatabases(url)) as databases,
    ):
        yield databases


@pytest.fixture
def postgres_url(postgres_server: PostgresDatabases) -> str:
    """A migrated database without rows, in which no other test runs at the same time."""
    return postgres_server.shared()
