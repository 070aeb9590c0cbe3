"""The database of a chaos run: read beside the processes, disconnected and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, create_engine, select, text
from sqlalchemy.pool import NullPool

from bot.store.db.tables import jobs
from tests.support.postgres_server import PostgresServer

_IDLE_WRITE = text("""
    SELECT count(*) FILTER (WHERE state = 'active') = 0 AND count(backend_xid) > 0
    FROM pg_stat_activity WHERE application_name = :name
""")
_CUT = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


@dataclass(frozen=True, slots=True)
class Database:
    """An SQLite file, or the first database of a PostgreSQL ``server``."""

    url: str
    server: PostgresServer | None = None

    def jobs(self) -> list[Row[*tuple[Any, ...]]]:
        """Return every job."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return list(connection.execute(select(jobs).order_by(jobs.c.id)))

    def has_open_write(self, name: str) -> bool:
        """Whether a process of this name has an open, idle write transaction."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return bool(connection.scalar(_IDLE_WRITE, {"name": name}))

    @contextmanager
    def hold_writes(self) -> Generator[None]:
        """Let everything that changes jobs wait until the context ends."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text("LOCK TABLE jobs IN EXCLUSIVE MODE"))
            yield

    async def cut_connections(self) -> None:
        """Terminate every connection but this one."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(_CUT)

    async def stop(self) -> None:
        """Stop the server at once."""
        assert self.server is not None
        await asyncio.to_thread(self.server.stop)

    async def start(self) -> None:
        """Start the server again."""
        assert self.server is not None
        await asyncio.to_thread(self.server.start)
