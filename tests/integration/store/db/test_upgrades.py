"""The schema is changed on demand, and disk space given back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy.engine import make_url

from bot.domain.errors import OperatorError
from bot.store.db.engine import connected_engine, open_engine
from bot.store.db.schema.inspection import pending_migrations
from bot.store.db.schema.migration import (
    _config,  # pyright: ignore[reportPrivateUsage]
    newest_revision,
    revisions,
)
from bot.store.db.schema.space import free_space
from bot.store.db.schema.upgrades import change_schema
from bot.store.db.tables import jobs
from tests.support.databases import new_sqlite
from tests.support.store.history import add_finished_job
from tests.support.store.stores import NOON, add_job, open_stores
from tests.support.store.usage_days import DAY, PICTURE, change_jobs, sums, true_sums

OLDEST = "0009"
"""The schema of the first release; nobody has an older one."""


EARLIER = sorted(each for each in revisions() if OLDEST <= each < newest_revision())


async def test_data_survives_each_step_back_and_forth(tmp_path: Path) -> None:
    url = new_sqlite(tmp_path / "jobs.db")
    await _add_jobs(url, tmp_path)
    at = newest_revision()
    for revision in reversed(EARLIER):
        assert await change_schema(url, revision) == (at, revision)
        assert (await pending_migrations(url))[0] == at
        await _upgrade(url, at)
        assert await change_schema(url, revision) == (at, revision)
        at = revision
    assert await change_schema(url, None) == (OLDEST, newest_revision())
    await _assert_the_jobs_are_there(url, tmp_path)


async def test_data_survives_all_steps_back_and_the_way_forth(postgres_url: str, tmp_path: Path) -> None:
    await _add_jobs(postgres_url, tmp_path)
    at = newest_revision()
    for revision in reversed(EARLIER):
        assert await change_schema(postgres_url, revision) == (at, revision)
        at = revision
    assert await change_schema(postgres_url, None) == (OLDEST, newest_revision())
    await _assert_the_jobs_are_there(postgres_url, tmp_path)


async def _upgrade(url: str, revision: str) -> None:
    """Go forth to a revision, which ``change_schema`` does to the newest one only."""
    async with connected_engine(make_url(url), durable=False) as engine:
        with engine.begin() as connection:
            command.upgrade(_config(connection), revision)


async def _add_jobs(url: str, folder: Path) -> None:
    async with open_engine(url, durable=False) as engine:
        stores = open_stores(engine, folder)
        await add_finished_job(stores.jobs, user=7, now=NOON)
        await add_job(stores, 7, now=NOON)


async def _assert_the_jobs_are_there(url: str, folder: Path) -> None:
    assert await pending_migrations(url) == []
    async with open_engine(url, durable=False) as engine:
        stores = open_stores(engine, folder)
        assert await stores.count(jobs) == 2
        assert len(await stores.jobs.claim("w", capacity=9, now=NOON, lease=NOON + 9)) == 1


async def test_an_upgrade_sums_up_the_jobs_that_are_there(database_url: str) -> None:
    async with open_engine(database_url, durable=False) as engine:
        with engine.begin() as connection:
            for number in range(9):
                priced = {"cost": number % 3, "currency": "USD", "state": "done"}
                values = {"user_id": number % 2, "guild_id": None, "pictures": [PICTURE], **priced}
                change_jobs(connection, number, "add", values, number * DAY / 4)
    await change_schema(database_url, "0024")
    await change_schema(database_url, None)
    async with open_engine(database_url, durable=False) as engine:
        with engine.connect() as connection:
            assert len(sums(connection)[0]) > 2
            assert sums(connection) == true_sums(connection)


async def test_an_unknown_or_later_schema_is_refused(database_url: str) -> None:
    for target in ("9999", "rubbish"):
        with pytest.raises(OperatorError):
            await change_schema(database_url, target)
    await change_schema(database_url, OLDEST)
    with pytest.raises(OperatorError) as refused:
        await change_schema(database_url, newest_revision())
    assert OLDEST in refused.value.detail
    await change_schema(database_url, None)  # for the tests that share the database


async def test_a_large_deletion_shrinks_the_file(tmp_path: Path) -> None:
    file = tmp_path / "jobs.db"
    async with open_engine(f"sqlite:///{file}", durable=False) as engine:
        stores = open_stores(engine, tmp_path)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE filler (content BLOB)")
            connection.exec_driver_sql("INSERT INTO filler VALUES (zeroblob(4000000))")
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE filler")
        assert await free_space(engine) > 3_900_000
        assert await free_space(engine) == 0
        await add_finished_job(stores.jobs, user=7, now=NOON)
    assert file.stat().st_size < 1_000_000


async def test_a_file_of_an_earlier_version_can_be_shrunk_once_it_was_migrated(tmp_path: Path) -> None:
    file = tmp_path / "jobs.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA auto_vacuum=NONE")
        database.execute("CREATE TABLE filler (content BLOB)")
        database.execute("INSERT INTO filler VALUES (zeroblob(3000000))")
        database.commit()
        database.execute("DROP TABLE filler")
        database.commit()
    assert file.stat().st_size > 3_000_000
    await change_schema(str(make_url(f"sqlite:///{file}")), None)
    assert file.stat().st_size < 1_000_000
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA auto_vacuum").fetchone() == (2,)
