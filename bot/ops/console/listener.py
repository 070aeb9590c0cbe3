"""Accepts connections up to a number, each for one request: idle ones must not keep the operator out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware
from aiohttp.web_protocol import RequestHandler

MOST_CONNECTIONS = 100
REQUEST_TIMEOUT = 10.0
"""Seconds in which a connection must bring the head of its request."""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LimitedListener:
    """Listens for a runner, and closes connections beyond ``MOST_CONNECTIONS`` at once."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._silent: set[RequestHandler] = set()

    def one_request_each(self) -> Middleware:
        """Return what closes each connection after its response; until then one with a request stays."""

        @web.middleware
        async def close_after(request: web.Request, handler: _Handler) -> web.StreamResponse:
            self._silent.discard(request.protocol)
            try:
                response = await handler(request)
            except web.HTTPException as error:
                error.force_close()
                raise
            response.force_close()
            return response

        return close_after

    async def open(self, runner: web.AppRunner, host: str, port: int) -> None:
        """Listen; raise ``OSError`` where that isn't possible."""
        accept, loop = runner.server, asyncio.get_running_loop()
        assert accept is not None  # noqa: S101  # it is set up

        def protocol() -> asyncio.BaseProtocol:
            if len(accept.connections) >= MOST_CONNECTIONS:
                return _Refusal()
            connection = accept()
            self._silent.add(connection)
            loop.call_later(REQUEST_TIMEOUT, self._close_silent, connection)
            return connection

        self._server = await loop.create_server(protocol, host, port)

    def close(self) -> None:
        """Accept no more connections."""
        if self._server is not None:
            self._server.close()

    def _close_silent(self, connection: RequestHandler) -> None:
        if connection in self._silent:
            self._silent.discard(connection)
            connection.force_close()


class _Refusal(asyncio.Protocol):
    """Closes its connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it at once."""
        transport.close()
