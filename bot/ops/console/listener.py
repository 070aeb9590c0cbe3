"""Accepts connections up to a number: idle ones must not use up the process's open files."""

from __future__ import annotations

import asyncio

from aiohttp import web

MOST_CONNECTIONS = 100


class LimitedListener:
    """Listens for a runner, and closes connections beyond ``MOST_CONNECTIONS`` at once."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None

    async def open(self, runner: web.AppRunner, host: str, port: int) -> None:
        """Listen; raise ``OSError`` where that isn't possible."""
        accept = runner.server
        assert accept is not None  # noqa: S101  # it is set up

        def protocol() -> asyncio.BaseProtocol:
            return _Refusal() if len(accept.connections) >= MOST_CONNECTIONS else accept()

        self._server = await asyncio.get_running_loop().create_server(protocol, host, port)

    def close(self) -> None:
        """Accept no more connections."""
        if self._server is not None:
            self._server.close()


class _Refusal(asyncio.Protocol):
    """Closes its connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it at once."""
        transport.close()
