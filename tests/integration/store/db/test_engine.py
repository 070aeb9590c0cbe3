"""Opening a database: locking, migrations, errors, and recovery after connection failures."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot.domain.errors import OperatorError
from bot.store.db.engine import DatabaseInUse, open_engine
from bot.store.db.notifications import listen
from bot.store.db.schema import indexes
from bot.store.db.tables import metadata
from bot.store.db.transactions import read, write
from bot.store.queue.jobs import JobStore
from tests.support.connection_pooler import connection_pooler
from tests.support.databases import PostgresDatabases, new_sqlite
from tests.support.postgres_connection import connect_to
from tests.support.store.requests import add

HOLDER = """
import asyncio, sys
from bot.store.db.engine import open_engine
async def main():
    async with open_engine(sys.argv[1]):
        print("open", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_accepted_jobs_outlive_the_connection(database_url: str, tmp_path: Path) -> None:
    async with open_engine(database_url, durable=False) as engine:
        await add(JobStore(engine, tmp_path))
    async with open_engine(database_url, durable=False) as engine:
        assert await JobStore(engine, tmp_path).open_ids() == {1}


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 0)])  # FULL, OFF
async def test_sqlite_commits_wait_for_the_disk_only_if_durable(
    tmp_path: Path, durable: bool, level: int
) -> None:
    url = new_sqlite(tmp_path / "jobs.db")
    async with open_engine(url, durable=durable) as engine:
        pragma = text("PRAGMA synchronous")
        assert await read(engine, lambda connection: connection.scalar(pragma)) == level


async def test_the_migrations_create_the_defined_tables(empty_database_url: str) -> None:
    async with open_engine(empty_database_url, durable=False) as engine:
        assert await read(engine, compare) == []


async def test_a_current_database_is_opened_without_importing_alembic(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)
    async with open_engine(database_url, durable=False) as engine:
        assert await JobStore(engine, Path()).open_ids() == set()


async def test_a_database_that_cannot_be_opened_raises_an_operator_error(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_text("this is no database" * 100)
    with pytest.raises(OperatorError) as caught:
        async with open_engine(f"sqlite:///{tmp_path / 'jobs.db'}", durable=False):
            pass
    assert "can't be opened" in caught.value.detail


async def test_a_folder_that_is_not_writable_is_reported_as_such() -> None:
    with pytest.raises(OperatorError) as caught:
        async with open_engine("sqlite:////proc/jobs.db", durable=False):
            pass
    assert "can't be opened" in caught.value.detail and not isinstance(caught.value, DatabaseInUse)


async def test_an_unreachable_server_is_reported_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as caught:
        async with open_engine(f"postgresql+psycopg://bot:s3cret@/jimeng?host={tmp_path}"):
            pass
    assert "can't be opened" in caught.value.detail and "s3cret" not in caught.value.detail


async def test_a_missing_driver_is_reported_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(OperatorError) as caught:
        async with open_engine("postgresql+psycopg://bot@localhost/jimeng"):
            pass
    assert "pip install jimeng-discord[postgres]" in caught.value.detail


@pytest.mark.processes
async def test_an_sqlite_file_is_locked_by_one_process_and_unlocked_when_that_is_killed(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, url, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert await asyncio.wait_for(holder.stdout.readline(), 20) == b"open\n"
        with pytest.raises(DatabaseInUse) as caught:
            async with open_engine(url):
                pass
        assert "another process works on this database" in caught.value.detail
    finally:
        holder.send_signal(signal.SIGKILL)
        await holder.wait()
    async with open_engine(url) as engine:
        assert JobStore(engine, tmp_path).exclusive


async def test_processes_that_start_at_once_migrate_once(
    postgres_server: PostgresDatabases,
) -> None:
    url = postgres_server.empty()

    async def start() -> bool:
        async with open_engine(url) as engine:
            return JobStore(engine, Path()).exclusive

    assert await asyncio.gather(*(start() for _ in range(4))) == [False] * 4


async def test_after_all_connections_were_killed_writes_and_notifications_work_again(
    postgres_url: str,
) -> None:
    async with open_engine(postgres_url) as engine, open_engine(postgres_url) as other:
        jobs, there = JobStore(engine, Path()), JobStore(other, Path())
        notified = asyncio.Event()
        async with listen(engine, {"work": lambda _: notified.set()}):
            await asyncio.wait_for(notified.wait(), 10)
            await asyncio.gather(*(add(jobs, user=user) for user in range(4)))
            with other.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            notified.clear()
            assert len(await jobs.claim("w", capacity=9, now=1, lease=60)) == 4
            await asyncio.wait_for(notified.wait(), 10)
            notified.clear()
            await add(there)
            await asyncio.wait_for(notified.wait(), 10)


async def test_everything_that_creates_work_is_notified_to_every_process(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine, open_engine(postgres_url) as other:
        there = JobStore(other, Path())
        notified = asyncio.Event()
        async with listen(engine, {"work": lambda _: notified.set()}):
            await asyncio.wait_for(notified.wait(), 10)

            async def notification() -> None:
                await asyncio.wait_for(notified.wait(), 10)
                notified.clear()

            notified.clear()
            job = await add(there)
            await notification()
            await there.claim("w", capacity=1, now=1, lease=60)
            await there.requeue(job, "w", run_at=1)
            await notification()
            await there.claim("w", capacity=1, now=1, lease=60)
            await there.release_worker("w")
            await notification()
            await there.cancel(job.id, now=2)
            await notification()


async def test_a_pooler_in_transaction_mode_is_refused_in_words(postgres_url: str, tmp_path: Path) -> None:
    async with connection_pooler(postgres_url, tmp_path) as pooled:
        with pytest.raises(OperatorError) as caught:
            async with open_engine(pooled):
                pass
    assert "pool_mode = session" in caught.value.detail


@pytest.mark.parametrize("password", ["s3cret", "s3 cr%t", "s3%23cret"])
async def test_an_error_message_holds_no_password(tmp_path: Path, password: str) -> None:
    # The folder, which the message names, contains the password as well.
    address = make_url(f"postgresql+psycopg://bot@/jimeng?host={tmp_path}").set(password=password)
    url = address.update_query_dict({"host": str(tmp_path / password)})
    with pytest.raises(OperatorError) as caught:
        async with open_engine(url.render_as_string(hide_password=False)):
            pass
    assert password not in caught.value.detail and "***" in caught.value.detail


async def test_a_pooler_in_statement_mode_is_refused_in_words(postgres_url: str, tmp_path: Path) -> None:
    async with connection_pooler(postgres_url, tmp_path, statements=True) as pooled:
        with pytest.raises(OperatorError) as caught:
            async with open_engine(pooled):
                pass
    assert "pool_mode = session" in caught.value.detail and not caught.value.retry


async def test_a_missing_index_is_built_at_the_next_start(database_url: str) -> None:
    async with open_engine(database_url, durable=False) as engine:
        await write(engine, lambda connection: connection.execute(text("DROP INDEX ix_jobs_drawn_of_member")))
    async with open_engine(database_url, durable=False) as engine:
        assert await read(engine, compare) == []


async def test_an_index_that_an_interrupted_build_left_invalid_is_replaced(postgres_url: str) -> None:
    invalid = text(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_jobs_drawn_of_member'::regclass"
    )
    valid = text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_jobs_drawn_of_member'::regclass")
    async with open_engine(postgres_url) as engine:
        await write(engine, lambda connection: connection.execute(invalid))
        assert await read(engine, lambda connection: connection.scalar(valid)) is False
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as other:
        for engine in (one, other):
            assert await read(engine, lambda connection: connection.scalar(valid)) is True


async def test_an_index_of_a_table_in_use_is_left_to_the_next_start(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(indexes, "_LOCK_TIMEOUT", text("SET lock_timeout = '50ms'"))
    async with open_engine(postgres_url) as engine, connect_to(postgres_url) as busy:
        await write(engine, lambda connection: connection.execute(text("DROP INDEX ix_jobs_drawn_of_member")))
        async with busy.transaction():
            await busy.execute(b"LOCK TABLE jobs IN ROW EXCLUSIVE MODE")
            async with open_engine(postgres_url):
                assert "the next start tries again" in caplog.text
    async with open_engine(postgres_url) as engine:
        assert await read(engine, compare) == []


def compare(connection: Connection) -> list[object]:
    """Return how the tables and indexes differ from the defined ones."""
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_a_statement_that_fails_does_not_tell_its_parameters(database_url: str) -> None:
    async with open_engine(database_url, durable=False) as engine:
        with pytest.raises(DBAPIError) as caught:
            await write(
                engine, lambda connection: connection.execute(text("SELECT :a / no_column"), {"a": "s3cret"})
            )
    assert "s3cret" not in str(caught.value)
