"""A PostgreSQL server for each run, which may stop it."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.support.chaos.database import Database
from tests.support.postgres_server import INSTALL_HINT, find_postgres, running_postgres

pytest.register_assert_rewrite("tests.support.chaos.invariants")


@pytest.fixture
def postgres() -> Generator[Database]:
    programs = find_postgres()
    if programs is None:
        pytest.skip(INSTALL_HINT)
    with running_postgres(programs) as server:
        yield Database(server.url, server)
