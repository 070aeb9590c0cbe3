"""The database of a storm: read beside the processes that work on it, cut off and taken away."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, create_engine, select, text
from sqlalchemy.pool import NullPool

from bot.store.db.tables import jobs
from tests.support.postgres_server import PostgresServer

_STANDING = text("""
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
        """Return every job there ever was."""
        engine = create_engine(self.url.replace("+aiosqlite", ""), poolclass=NullPool)
        with engine.connect() as connection:
            return list(connection.execute(select(jobs).order_by(jobs.c.id)))

    def is_held_by(self, name: str) -> bool:
        """Whether a process of this name has changed something and neither asks nor commits."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return bool(connection.scalar(_STANDING, {"name": name}))

    async def cut(self) -> None:
        """Cut every connection but the one that asks for it."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(_CUT)

    async def go_away(self) -> None:
        """Stop the server at once."""
        assert self.server is not None
        await asyncio.to_thread(self.server.stop)

    async def come_back(self) -> None:
        """Start the server again."""
        assert self.server is not None
        await asyncio.to_thread(self.server.start)
