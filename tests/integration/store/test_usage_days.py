"""Sums by day are exactly those of the jobs, no matter what happens to them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete

from bot.store.db.tables import jobs
from tests.support.property_testing import examples
from tests.support.store.usage_days import DAY, PICTURE, change_jobs, sums, true_sums

VALUES = st.fixed_dictionaries(
    {
        "user_id": st.integers(1, 2),
        "guild_id": st.none() | st.integers(1, 2),
        "model": st.none() | st.sampled_from(["a", "b"]),
        "state": st.sampled_from(["waiting", "drawn", "done", "cancelled"]),
        "drawn_at": st.none() | st.just(5.0),
        "pictures": st.lists(st.just(PICTURE), max_size=2),
        "cost": st.integers(0, 2),
        "currency": st.none() | st.sampled_from(["USD", "CNY"]),
    }
)
ADDED = st.tuples(st.just("add"), VALUES, st.floats(0, 3 * DAY, exclude_max=True))
CHANGED = st.tuples(st.just("change"), VALUES, st.integers(0, 5))
DELETED = st.tuples(st.just("delete"), st.none(), st.integers(0, 5))


@pytest.fixture
def plain_engine(database_url: str) -> Generator[Engine]:
    """An engine for transactions of the test itself."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@settings(examples(0.5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ADDED | CHANGED | DELETED, max_size=8))
def test_sums_follow_every_change_of_the_jobs(
    plain_engine: Engine, steps: list[tuple[str, Any, Any]]
) -> None:
    with plain_engine.begin() as connection:
        for number, step in enumerate(steps):
            change_jobs(connection, number, *step)
        assert sums(connection) == true_sums(connection)
        connection.execute(delete(jobs))
        assert sums(connection) == ([], [])
