"""Waiting for notifications of the database."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from typing import Any, cast

import pytest
from psycopg import AsyncConnection, Notify

from bot.store.db.reconnect import notifications


class SilentConnection:
    """A connection whose socket has data, but never a notification."""

    def __init__(self, file: socket.socket) -> None:
        self.fileno = file.fileno

    async def notifies(self, **_: float) -> AsyncGenerator[Notify]:
        """Yield nothing."""
        for notice in list[Notify]():
            yield notice


@pytest.fixture
def sockets() -> Generator[tuple[socket.socket, socket.socket]]:
    pair = socket.socketpair()
    yield pair
    for each in pair:
        each.close()


@pytest.mark.parametrize("rounds", range(8))
async def test_waiting_ends_when_it_is_cancelled_while_data_arrives(
    sockets: tuple[socket.socket, socket.socket], rounds: int
) -> None:
    ours, theirs = sockets
    connection = cast("AsyncConnection[Any]", SilentConnection(ours))

    async def wait() -> None:
        async for _ in notifications(connection, ping=60):
            pass

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    theirs.send(b"x")
    for _ in range(rounds):
        await asyncio.sleep(0)
    ours.recv(1)
    waiting.cancel()
    done, _ = await asyncio.wait([waiting], timeout=20)
    still_waiting = not done
    waiting.cancel()
    assert not still_waiting
