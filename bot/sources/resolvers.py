"""Name resolution for the guard: only public addresses, and a time limit for each name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.domain.errors import ReferenceUnusable
from bot.sources.public_addresses import WebAddress, is_public, literal_address

_Addresses = Sequence[tuple[Any, ...]]
_Lookup = asyncio.Future[_Addresses]


class PublicOnlyResolver(AbstractResolver):
    """Refuses private addresses, when a name is resolved and again when its socket is opened."""

    def __init__(self, address: WebAddress, resolver: AbstractResolver) -> None:
        self._exempt = address.exempt
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve a name; raise ReferenceUnusable if one of its addresses isn't public."""
        found = await self._resolver.resolve(host, port, family)
        if not found:
            raise OSError("the name has no address")
        # One private address is enough to refuse the name: the service might choose it.
        for entry in found:
            self._require_public(entry["host"])
        return found

    def open_socket(self, info: tuple[int, int, int, str, tuple[str | int, ...]]) -> socket.socket:
        """Open a socket for the address to connect to; a literal one was never resolved."""
        family, kind, protocol, _, destination = info
        self._require_public(str(destination[0]))
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """Do nothing: the guard owns the inner resolver."""

    def _require_public(self, host: str) -> None:
        address = literal_address(host)
        if not self._exempt and (address is None or not is_public(address)):
            raise ReferenceUnusable("not-public", "resolves to an address that isn't public")


class SystemResolver(AbstractResolver):
    """Resolves names with the system's resolver, waiting ``timeout`` seconds for each.

    The system may take half a minute to give up on a name and can't be interrupted. Each look-up therefore
    has a daemon thread of its own, which neither blocks other names nor delays the exit. At ``max_lookups``
    threads, further look-ups fail at once.
    """

    def __init__(self, *, timeout: float = 3.0, max_lookups: int = 64) -> None:
        self._timeout = timeout
        self._max_lookups = max_lookups
        self._running = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve a name; raise OSError if that fails or takes too long."""
        async with asyncio.timeout(self._timeout):
            found = await self._look_up(host, port, family)
        return [
            ResolveResult(hostname=host, host=str(to[0]), port=port, family=kind, proto=protocol, flags=0)
            for kind, _, protocol, _, to in found
        ]

    async def close(self) -> None:
        """Do nothing: running look-ups end by themselves or with the process."""

    def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> _Lookup:
        if self._running >= self._max_lookups:
            raise OSError("too many name look-ups at once")
        self._running += 1
        loop = asyncio.get_running_loop()
        lookup: _Lookup = loop.create_future()

        def run() -> None:
            found: _Addresses | Exception
            try:
                found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
            except Exception as error:  # passed on to the waiter
                found = error
            with suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(self._finish, lookup, found)

        Thread(target=run, name=f"dns {host[:40]}", daemon=True).start()
        return lookup

    def _finish(self, lookup: _Lookup, found: _Addresses | Exception) -> None:
        self._running -= 1
        if lookup.done():
            return
        if isinstance(found, Exception):
            lookup.set_exception(found)
        else:
            lookup.set_result(found)
