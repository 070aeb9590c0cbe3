"""A resolver for tests, which reach no network."""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult


class NoNames(AbstractResolver):
    """Knows no host, at once."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raise the error of an unknown host."""
        raise OSError(f"no network in tests: {host}")

    async def close(self) -> None:
        """Do nothing."""
