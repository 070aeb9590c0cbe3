"""Opening a database: who may, what it takes, and how it comes back after it was away."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.domain.errors import OperatorError
from bot.store.db.engine import DatabaseInUse, open_engine
from bot.store.db.postgres import listening
from bot.store.db.tables import metadata
from bot.store.queue.jobs import JobStore
from tests.support.databases import Postgres
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
    async with open_engine(database_url) as engine:
        await add(JobStore(engine, tmp_path))
    async with open_engine(database_url) as engine:
        assert await JobStore(engine, tmp_path).open_ids() == {1}


async def test_the_migrations_make_the_tables_that_the_store_speaks_of(empty_database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with open_engine(empty_database_url) as engine, engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_database_that_is_up_to_date_is_opened_without_what_migrates(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)
    async with open_engine(database_url) as engine:
        assert await JobStore(engine, Path()).open_ids() == set()


async def test_a_database_that_cannot_be_opened_is_the_operators_problem(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_text("this is no database" * 100)
    with pytest.raises(OperatorError) as caught:
        async with open_engine(f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}"):
            pass
    assert "can't be opened" in caught.value.detail


async def test_a_server_that_is_away_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as caught:
        async with open_engine(f"postgresql+psycopg://bot:s3cret@/jimeng?host={tmp_path}"):
            pass
    assert "can't be opened" in caught.value.detail and "s3cret" not in caught.value.detail


async def test_without_the_driver_the_operator_reads_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(OperatorError) as caught:
        async with open_engine("postgresql+psycopg://bot@localhost/jimeng"):
            pass
    assert "pip install jimeng-discord[postgres]" in caught.value.detail


async def test_an_sqlite_file_takes_one_process_and_is_free_again_when_that_is_killed(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}"
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


async def test_processes_that_start_at_once_bring_the_tables_up_to_date_once(
    postgres_server: Postgres,
) -> None:
    url = postgres_server.empty()

    async def start() -> bool:
        async with open_engine(url) as engine:
            return JobStore(engine, Path()).exclusive

    assert await asyncio.gather(*(start() for _ in range(4))) == [False] * 4


async def test_after_every_connection_was_killed_the_next_steps_work_and_news_arrive_again(
    postgres_url: str,
) -> None:
    async with open_engine(postgres_url) as engine, open_engine(postgres_url) as other:
        jobs, there = JobStore(engine, Path()), JobStore(other, Path())
        heard = asyncio.Event()
        async with listening(engine, {"work": lambda _: heard.set()}):
            await asyncio.wait_for(heard.wait(), 10)
            await asyncio.gather(*(add(jobs, user=user) for user in range(4)))
            async with other.connect() as connection:
                await connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            heard.clear()
            assert len(await jobs.claim("w", capacity=9, now=1, lease=60)) == 4
            await asyncio.wait_for(heard.wait(), 10)
            heard.clear()
            await add(there)
            await asyncio.wait_for(heard.wait(), 10)


async def test_whatever_makes_work_is_heard_by_every_process(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine, open_engine(postgres_url) as other:
        there = JobStore(other, Path())
        heard = asyncio.Event()
        async with listening(engine, {"work": lambda _: heard.set()}):
            await asyncio.wait_for(heard.wait(), 10)

            async def news() -> None:
                await asyncio.wait_for(heard.wait(), 10)
                heard.clear()

            heard.clear()
            job = await add(there)
            await news()
            await there.claim("w", capacity=1, now=1, lease=60)
            await there.retry(job, "w", run_at=1)
            await news()
            await there.claim("w", capacity=1, now=1, lease=60)
            await there.give_back("w")
            await news()
            await there.cancel(job.id, now=2)
            await news()
