"""What this process reports of itself, for the operator."""

from __future__ import annotations

import asyncio
import platform

import discord

from bot.app import App
from bot.domain.models.processes import ProcessState
from bot.telemetry.version import version
from bot.worker import spool


async def process_state(
    app: App, client: discord.Client, *, works: bool, running: int, problem: str | None
) -> ProcessState:
    """Return what this process is and does."""
    settings = app.settings
    use = await asyncio.to_thread(spool.disk_use, settings.data_dir, settings.spool)
    free, spooled = use or (0, 0)
    gateway = isinstance(client, discord.AutoShardedClient)
    return ProcessState(
        role=("gateway and worker" if works else "gateway") if gateway else "worker",
        version=version(),
        host=platform.node(),
        running=running,
        problem=problem,
        shards=_shards(client),
        free_bytes=free,
        spool_bytes=spooled,
        acknowledged=app.acknowledgements.newest(),
    )


def _shards(client: discord.Client) -> dict[int, bool]:
    if not isinstance(client, discord.AutoShardedClient):
        return {}
    return {number: not shard.is_closed() for number, shard in client.shards.items()}
