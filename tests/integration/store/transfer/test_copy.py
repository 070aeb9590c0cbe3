"""Databases are copied into each other, with their ids."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, Table, select

from bot.domain.errors import OperatorError
from bot.store.db.engine import open_engine
from bot.store.db.tables import identifies, metadata, pool, relay_calls, waiting_counts
from bot.store.transfer.copy import copy_database
from tests.support.store.history import add_finished_job
from tests.support.store.stores import NOON, add_job, fill_every_table, open_stores

NOT_COPIED = (pool, relay_calls, identifies)
"""What only running processes need."""


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    def of(connection: Connection, table: Table) -> list[tuple[object, ...]]:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]

    with engine.connect() as connection:
        return {
            table.name: of(connection, table) for table in metadata.sorted_tables if table not in NOT_COPIED
        }


@pytest.fixture
def other_database_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the other kind."""
    if database_url.startswith("postgresql"):
        return f"sqlite:///{tmp_path / 'other' / 'copy.db'}"
    return request.getfixturevalue("postgres_url")


async def test_every_row_arrives_as_it_was(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    async with open_engine(database_url, durable=False) as engine:
        stores = open_stores(engine, tmp_path)
        for user in (7, 2**62):
            await fill_every_table(stores, user)
        await add_finished_job(stores.jobs, user=9, prompt="\\N \\. \t\r\n “霓虹” 🦊 'quoted' \x7f", now=NOON)
        await add_job(stores, 9, now=NOON)
        before = rows(engine)
        assert before[waiting_counts.name]
    counts = await copy_database(database_url, other_database_url)
    async with open_engine(other_database_url, durable=False) as engine:
        assert rows(engine) == before
        assert counts["jobs"] == len(before["jobs"])
        added = await add_job(open_stores(engine, tmp_path), 1, now=NOON)
        assert added.id == 1 + max(int(str(row[0])) for row in before["jobs"])


async def test_a_file_comes_back_from_postgresql_as_it_was(postgres_url: str, tmp_path: Path) -> None:
    first, last = (f"sqlite:///{tmp_path / name}.db" for name in ("first", "last"))
    async with open_engine(first, durable=False) as engine:
        stores = open_stores(engine, tmp_path)
        await fill_every_table(stores, 7)
        await add_job(stores, 9, now=NOON)
        before = rows(engine)
    await copy_database(first, postgres_url)
    await copy_database(postgres_url, last)
    async with open_engine(last, durable=False) as engine:
        assert rows(engine) == before


async def test_ids_of_deleted_requests_are_not_given_again(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    async with open_engine(database_url, durable=False) as engine:
        stores = open_stores(engine, tmp_path)
        last = [await add_finished_job(stores.jobs, user=7, now=NOON) for _ in range(3)][-1]
        await stores.privacy().erase(7)
    await copy_database(database_url, other_database_url)
    async with open_engine(other_database_url, durable=False) as engine:
        assert await add_finished_job(open_stores(engine, tmp_path).jobs, user=1, now=NOON) > last


async def test_a_database_with_data_is_no_target(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    for url in (database_url, other_database_url):
        async with open_engine(url, durable=False) as engine:
            await fill_every_table(open_stores(engine, tmp_path), 7)
    with pytest.raises(OperatorError) as refused:
        await copy_database(database_url, other_database_url)
    assert "has data already" in refused.value.detail


async def test_a_database_in_use_is_not_copied(
    database_url: str, other_database_url: str, tmp_path: Path
) -> None:
    async with open_engine(database_url, durable=False) as engine:
        await fill_every_table(open_stores(engine, tmp_path), 7)
        with pytest.raises(OperatorError) as refused:
            await copy_database(database_url, other_database_url)
    assert "process" in refused.value.detail


async def test_a_missing_file_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as refused:
        await copy_database(f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/new.db")
    assert refused.value.detail == f"there is no database at {tmp_path}/none.db"
