"""Direct connections to a test's PostgreSQL database, to inspect locks and to terminate connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy.engine import make_url


@asynccontextmanager
async def connect_to(url: str) -> AsyncGenerator[psycopg.AsyncConnection[tuple[Any, ...]]]:
    """Open a connection."""
    address = make_url(url)
    async with await psycopg.AsyncConnection.connect(
        host=str(address.query["host"]), user=address.username, dbname=address.database, autocommit=True
    ) as connection:
        yield connection


async def close_connections(url: str, name: str) -> None:
    """Terminate the connections with an application name, and wait until they and their locks are gone."""
    terminate = b"""
        SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = %s
    """
    async with connect_to(url) as connection:
        await connection.execute(terminate, (name,))


async def wait_for_lock(url: str, *, granted: bool) -> None:
    """Wait until an advisory lock is held (``granted``), or waited for."""
    query = b"""
        SELECT 1, pg_sleep(0.01) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
        WHERE datname = current_database() AND locktype = 'advisory' AND granted = %s
    """
    async with asyncio.timeout(60), connect_to(url) as connection:
        while not await (await connection.execute(query, (granted,))).fetchall():
            pass
