"""What keeps the addresses of results where calls belong to no job."""

from __future__ import annotations

from pathlib import Path

from bot.domain.models import ResultAddress


class UnkeptAddresses:
    """Keeps no address beyond its call."""

    async def take(self, folder: Path, model: str | None) -> ResultAddress | None:
        """Return None: nothing is left of earlier calls."""
        return None

    async def keep(self, folder: Path, model: str | None, url: str) -> ResultAddress:
        """Return the address."""
        return ResultAddress(id="", url=url, folder=folder)

    async def release(self, address: ResultAddress, *, done: bool) -> None:
        """Do nothing."""


NOT_KEPT = UnkeptAddresses()
