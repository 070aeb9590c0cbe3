"""Addresses of results, kept in a dictionary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.models import ResultAddress


@dataclass
class ListedAddresses:
    """Keeps addresses by URL, each with its folder and model, and whether it is in use."""

    stored: dict[str, tuple[Path, str | None, bool]] = field(
        default_factory=dict[str, tuple[Path, str | None, bool]]
    )
    on_release: Callable[[], object] | None = None

    def leave(self, folder: Path, model: str | None, url: str) -> None:
        """Store what an earlier process left."""
        self.stored[url] = (folder, model, False)

    async def take(self, folder: Path, model: str | None) -> ResultAddress | None:
        free = (url for url, kept in self.stored.items() if kept == (folder, model, False))
        if (url := next(free, None)) is None:
            return None
        return await self.keep(folder, model, url)

    async def keep(self, folder: Path, model: str | None, url: str) -> ResultAddress:
        self.stored[url] = (folder, model, True)
        return ResultAddress(id=url, url=url, folder=folder)

    async def release(self, address: ResultAddress, *, done: bool) -> None:
        if self.on_release:
            self.on_release()
        folder, model, _ = self.stored.pop(address.url)
        if not done:
            self.leave(folder, model, address.url)
