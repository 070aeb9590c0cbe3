"""The Discord client, its shards, and the background loops of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.gateway.client import ImageBot, create_bot

__all__ = ["ImageBot", "create_bot"]


def __getattr__(name: str) -> Any:
    # Imported on first use: a worker without a gateway needs neither the cogs nor their panels.
    if name not in __all__:
        raise AttributeError(name)
    from bot.gateway import client

    return getattr(client, name)
