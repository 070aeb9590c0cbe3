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
_Name = tuple[str, int, socket.AddressFamily]
"""Host, port and address family."""


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
    threads, or ``max_per_domain`` for names with the same last two labels, further look-ups fail at once.
    """

    def __init__(self, *, timeout: float = 3.0, max_lookups: int = 256, max_per_domain: int = 64) -> None:
        self._timeout = timeout
        self._max_lookups = max_lookups
        self._max_per_domain = max_per_domain
        self._running: dict[_Name, _Lookup] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve a name; raise OSError if that fails or takes too long."""
        async with asyncio.timeout(self._timeout):
            found = await asyncio.shield(self._look_up((host, port, family)))
        return [
            ResolveResult(hostname=host, host=str(to[0]), port=port, family=kind, proto=protocol, flags=0)
            for kind, _, protocol, _, to in found
        ]

    async def close(self) -> None:
        """Do nothing: running look-ups end by themselves or with the process."""

    def _look_up(self, name: _Name) -> _Lookup:
        """Return the running look-up of a name, or start one."""
        if (running := self._running.get(name)) is not None:
            return running
        self._require_capacity(name[0])
        loop = asyncio.get_running_loop()
        lookup = self._running[name] = loop.create_future()

        def run() -> None:
            found: _Addresses | Exception
            try:
                found = socket.getaddrinfo(*name, socket.SOCK_STREAM)
            except Exception as error:  # passed on to the waiters
                found = error
            with suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(self._finish, name, found)

        Thread(target=run, name=f"dns {name[0][:40]}", daemon=True).start()
        return lookup

    def _require_capacity(self, host: str) -> None:
        # Anybody can own a domain with any number of names that nobody answers for.
        domain = _domain(host)
        same = sum(_domain(running) == domain for running, *_ in self._running)
        if len(self._running) >= self._max_lookups or same >= self._max_per_domain:
            raise OSError("too many name look-ups at once")

    def _finish(self, name: _Name, found: _Addresses | Exception) -> None:
        lookup = self._running.pop(name)
        if isinstance(found, Exception):
            lookup.set_exception(found)
            lookup.exception()  # mark it as retrieved: everyone may have stopped waiting
        else:
            lookup.set_result(found)


def _domain(host: str) -> str:
    return ".".join(host.rsplit(".", 2)[-2:])
