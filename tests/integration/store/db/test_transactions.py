"""Transactions: reads don't wait for writers, as interactions must be answered within three seconds."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.engine import make_url

from bot.store.db.engine import open_engine
from bot.store.db.tables import hints
from bot.store.db.transactions import read, write
from bot.store.errors import DatabaseOutage
from bot.store.queue.services.relay_state import lock_for_claim
from tests.support.databases import with_query
from tests.support.postgres_connection import connect_to


async def test_reads_do_not_wait_for_writers(engine: Engine) -> None:
    released, begun = threading.Event(), 0

    def block(_: Connection) -> None:
        nonlocal begun
        begun += 1
        assert released.wait(30)

    def select_one(connection: Connection) -> int:
        return connection.scalar(select(1)) or 0

    writers = [asyncio.create_task(write(engine, block)) for _ in range(30)]
    async with asyncio.timeout(30):
        assert [await read(engine, select_one) for _ in range(3)] == [1, 1, 1]
        assert begun < len(writers)
        released.set()
        await asyncio.gather(*writers)
    assert begun == len(writers)


async def test_a_read_sees_committed_writes(engine: Engine) -> None:
    for user in range(20):
        await write(
            engine, lambda c, user=user: c.execute(hints.insert().values(user_id=user, kind="reply", at=1.0))
        )

        def count(connection: Connection) -> int:
            return len((connection.scalars(select(hints.c.user_id))).all())

        assert await read(engine, count) == user + 1


async def test_a_suspended_transaction_is_aborted_by_the_server_and_retried(
    postgres_url: str,
) -> None:
    locked, resume, attempts = threading.Event(), threading.Event(), 0

    def suspend(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        lock_for_claim(connection)
        locked.set()
        assert resume.wait(30)
        connection.scalar(select(1))

    short_timeout = with_query(postgres_url, options="-c idle_in_transaction_session_timeout=200")
    async with open_engine(short_timeout) as one, open_engine(postgres_url) as other, asyncio.timeout(30):
        suspended = asyncio.create_task(write(one, suspend))
        await asyncio.to_thread(locked.wait)
        await write(other, lock_for_claim)
        resume.set()
        await suspended
    assert attempts == 2


@pytest.mark.parametrize(
    ("options", "shown"), [("", "5s"), ("-c idle_in_transaction_session_timeout=1min", "1min")]
)
async def test_the_idle_timeout_is_set_unless_the_url_sets_one(
    postgres_url: str, options: str, shown: str
) -> None:
    async with open_engine(with_query(postgres_url, options=options)) as engine:
        show = text("SHOW idle_in_transaction_session_timeout")
        assert await read(engine, lambda connection: connection.scalar(show)) == shown


async def test_operations_wait_for_a_database_that_is_away_and_the_outage_is_logged_once(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot.store")
    name = make_url(postgres_url).database
    async with open_engine(postgres_url) as engine, connect_to(on_server(postgres_url)) as admin:

        async def allow_connections(allowed: bool) -> None:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}".encode())
            await admin.execute(TERMINATE, (name,))

        def add_hint(connection: Connection) -> None:
            connection.execute(hints.insert().values(user_id=1, kind="reply", at=1.0))

        await allow_connections(False)
        with pytest.raises(DatabaseOutage):
            await read(engine, lambda connection: connection.scalar(select(1)), retry_for=0.1)
        waiting = [
            asyncio.create_task(read(engine, lambda connection: connection.scalar(select(1)))),
            asyncio.create_task(write(engine, add_hint)),
        ]
        async with asyncio.timeout(30):
            while not caplog.records:  # noqa: ASYNC110  # nothing signals a log record
                await asyncio.sleep(0.05)
            await allow_connections(True)
            assert await asyncio.gather(*waiting) == [1, None]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "the database is unavailable" in caplog.messages[0] and "available again" in caplog.messages[1]


@pytest.mark.parametrize(
    ("broken", "mended", "reason"),
    [
        ("max_page_count=1", "max_page_count=1000000", "database or disk is full"),
        ("query_only=1", "query_only=0", "attempt to write a readonly database"),
    ],
)
async def test_a_file_that_cannot_be_written_is_an_outage_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, broken: str, mended: str, reason: str
) -> None:
    caplog.set_level("INFO", "bot.store")
    pragma = broken

    def fill(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA {pragma}")
        connection.execute(hints.insert(), [{"user_id": n, "kind": "reply", "at": 1.0} for n in range(2000)])

    async with open_engine(f"sqlite:///{tmp_path}/jobs.db") as engine, asyncio.timeout(30):
        with pytest.raises(DatabaseOutage):
            await write(engine, fill, retry_for=0.1)
        writing = asyncio.create_task(write(engine, fill))
        while not caplog.records:  # noqa: ASYNC110  # nothing signals a log record
            await asyncio.sleep(0.05)
        assert await read(engine, lambda connection: connection.scalar(select(1))) == 1
        pragma = mended
        await writing
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert f"the database is unavailable ({reason})" in caplog.messages[0]


TERMINATE = b"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"


def on_server(url: str) -> str:
    """Return the URL of the server's maintenance database."""
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)
