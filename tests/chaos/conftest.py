"""A PostgreSQL server for each storm, which may take it away."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.support.chaos.database import Database
from tests.support.postgres_server import HOW_TO_GET, find_postgres, running_postgres

pytest.register_assert_rewrite("reckoning")


@pytest.fixture
def postgres() -> Generator[Database]:
    programs = find_postgres()
    if programs is None:
        pytest.skip(HOW_TO_GET)
    with running_postgres(programs) as server:
        yield Database(server.url, server)
