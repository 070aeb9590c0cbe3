"""A connection of the test's own to the PostgreSQL of those it tests: to look at locks and to cut lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy.engine import make_url


@asynccontextmanager
async def line_to(url: str) -> AsyncGenerator[psycopg.AsyncConnection[tuple[Any, ...]]]:
    """Open a connection."""
    address = make_url(url)
    async with await psycopg.AsyncConnection.connect(
        host=str(address.query["host"]), user=address.username, dbname=address.database, autocommit=True
    ) as line:
        yield line


async def cut(url: str, name: str) -> None:
    """Cut the connections that call themselves so, and wait until they are gone with all they held."""
    end = b"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s"
    async with line_to(url) as line:
        await line.execute(end, (name,))


async def until_locked(url: str, *, granted: bool) -> None:
    """Wait until somebody holds an advisory lock, or waits for one."""
    asked = b"SELECT 1, pg_sleep(0.01) FROM pg_locks WHERE locktype = 'advisory' AND granted = %s"
    async with asyncio.timeout(10), line_to(url) as line:
        while not await (await line.execute(asked, (granted,))).fetchall():
            pass
