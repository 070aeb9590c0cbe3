"""Opens dedicated PostgreSQL connections, retrying with growing pauses while the database is unavailable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Engine
from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential

from bot.store.db.transactions import outage_log

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_T = TypeVar("_T")


async def connect(engine: Engine, application_name: str) -> AsyncConnection[Any]:
    """Open a connection of its own to an engine's database, in autocommit mode."""
    import psycopg

    _, arguments = engine.dialect.create_connect_args(engine.url)
    options: dict[str, Any] = {**arguments, "autocommit": True, "application_name": application_name}
    return await psycopg.AsyncConnection.connect(**options)


async def retry_forever(engine: Engine, open_: Callable[[], Awaitable[_T]]) -> _T:
    """Repeat ``open_`` until it succeeds; the outage is logged once."""
    import psycopg

    outage, failures = outage_log(engine), (psycopg.Error, OSError)

    async def reported() -> _T:
        try:
            opened = await open_()
        except failures as error:
            outage.failed(error)
            raise
        outage.succeeded()
        return opened

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(failures), wait=wait_exponential(multiplier=0.05, max=2)
    )
    return await retrying(reported)
