"""A connection pooler: a client keeps a server session for one transaction, or for one statement, only."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.engine import URL, make_url

_AUTHENTICATED = b"R" + struct.pack("!II", 8, 0)
_KEY = b"K" + struct.pack("!III", 12, 1, 2)
_READY = b"Z" + struct.pack("!I", 5) + b"I"
_FIELDS = b"SFATAL\0C08P01\0Mtransaction blocks not allowed in statement pooling mode\0\0"
_REFUSAL = b"E" + struct.pack("!I", len(_FIELDS) + 4) + _FIELDS
_Session = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connection_pooler(url: str, folder: Path, *, statements: bool = False) -> AsyncGenerator[str]:
    """Pool connections to a database behind a Unix socket in ``folder``; yield the pooler's URL.

    In the mode ``statements`` it refuses transactions, as PgBouncer does.
    """
    pooler = _Pooler(make_url(url), statements)
    server = await asyncio.start_unix_server(pooler.serve, folder / ".s.PGSQL.5432")
    try:
        yield make_url(url).update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
    finally:
        server.close()
        for _, writer in pooler.idle:
            writer.close()


class _Pooler:
    def __init__(self, database: URL, statements: bool) -> None:
        self._database = database
        self._statements = statements
        self.idle: list[_Session] = []

    async def serve(self, client: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            (size,) = struct.unpack("!I", await client.readexactly(4))
            await client.readexactly(size - 4)
            writer.write(_AUTHENTICATED + _KEY + _READY)
            await self._relay(client, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _relay(self, client: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session: _Session | None = None
        while (message := await _read(client))[:1] != b"X":
            if self._statements and b"BEGIN" in message:
                writer.write(_REFUSAL)
                return
            session = session or (self.idle.pop() if self.idle else await self._connect())
            session[1].write(message)
            if message[:1] in (b"Q", b"S") and await _copy_answer(session[0], writer) == b"I":
                self.idle.append(session)
                session = None

    async def _connect(self) -> _Session:
        host = str(self._database.query["host"])
        session = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.5432")
        names = ("user", self._database.username or "", "database", self._database.database or "")
        body = struct.pack("!I", 196608) + b"".join(name.encode() + b"\0" for name in names) + b"\0"
        session[1].write(struct.pack("!I", len(body) + 4) + body)
        await _copy_answer(session[0], None)
        return session


async def _read(stream: asyncio.StreamReader) -> bytes:
    head = await stream.readexactly(5)
    return head + await stream.readexactly(struct.unpack("!I", head[1:])[0] - 4)


async def _copy_answer(server: asyncio.StreamReader, client: asyncio.StreamWriter | None) -> bytes:
    """Pass messages on until the server is ready again; return the state of the transaction."""
    while True:
        message = await _read(server)
        if client is not None:
            client.write(message)
        if message[:1] == b"Z":
            return message[5:]
