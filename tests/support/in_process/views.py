"""The views that the simulated bot has shown."""

from __future__ import annotations

from typing import Any

import discord


def stop_views(bot: discord.Client) -> None:
    """Stop the pages and forms that would expire: SimCord looks at the timer of each again and again."""
    store: Any = bot._connection._view_store  # pyright: ignore[reportPrivateUsage]
    shown = {id(item.view): item.view for items in store._views.values() for item in items.values()}
    for view in (*shown.values(), *store._modals.values()):
        if view.timeout is not None:
            view.stop()
