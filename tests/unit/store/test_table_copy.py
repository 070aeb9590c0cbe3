"""Rows are copied as they are, whatever they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, create_engine

from bot.store.transfer import table_copy

TABLE = Table(
    "rows",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("number", Integer),
    Column("share", Float),
    Column("name", String),
)
ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from([0, 1, -(2**63), 2**63 - 1]),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.sampled_from(["", "'", "NULL", "?", "圖"]),
    ),
    min_size=1,
    max_size=7,
).map(lambda rows: [(number, *row) for number, row in enumerate(rows)])
insert: Callable[[Connection, Table, Sequence[Any]], None] = table_copy._insert  # pyright: ignore[reportPrivateUsage]


@given(ROWS, st.integers(1, 7))
def test_rows_arrive_in_sqlite_as_they_were(rows: list[tuple[Any, ...]], size: int) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        TABLE.create(connection)
        insert(connection, TABLE, [rows[start : start + size] for start in range(0, len(rows), size)])
        assert [tuple(row) for row in connection.execute(TABLE.select().order_by(TABLE.c.id))] == rows
    engine.dispose()
