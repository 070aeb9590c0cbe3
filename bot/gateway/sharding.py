"""The way to Discord's gateway: each shard in one process alone, and one after another identified."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord
import yarl
from discord.ext import commands

from bot.config.setting_values import write_shards, write_wait
from bot.domain.errors import OperatorError
from bot.store.shards.identify_limiter import Turns
from bot.store.shards.locks import ShardLocks

if TYPE_CHECKING:
    from discord.types.gateway import SessionStartLimit

log = logging.getLogger(__name__)

SPACING = 5.25
"""Seconds between two shards of a bucket: Discord's five, and a little for the road."""
OPENING = 15.0
"""Seconds for which a bucket is kept while the connection that is to identify is opened."""
_UNKNOWN: SessionStartLimit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}


class ShardedBot(commands.AutoShardedBot):
    """Serves the shards ``ids`` of ``count``, or as many as Discord recommends where these are None."""

    def __init__(
        self,
        *,
        locks: ShardLocks,
        turns: Turns,
        count: int | None,
        ids: Sequence[int] | None,
        **options: Any,
    ) -> None:
        if ids:
            options["shard_ids"] = list(ids)
        # A number even where Discord is to decide, for those who never connect.
        super().__init__(shard_count=count or 1, **options)
        self._locks = locks
        self._turns = turns
        self._count = count
        self._concurrency: int | None = None
        self._lost: asyncio.Task[None] | None = None
        self._opening: dict[int, float] = {}

    async def setup_hook(self) -> None:
        """Keep every other process off these shards; nothing is to be done before that."""
        if self._locks.needed:
            await self._settle()
            ids = self._ids()
            self._lost = await self._locks.take(ids, self.shard_count or 1)
            log.info("serving shards %s of %d", write_shards(ids), self.shard_count)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect every shard; raise ``OperatorError`` when another process took one after a cut."""
        if self._concurrency is None:
            await self._settle()
        connected = asyncio.ensure_future(super().connect(reconnect=reconnect))
        try:
            await self._until_over(connected)
        except discord.ConnectionClosed as error:
            if (said := self._refusals().get(error.code)) is None:
                raise
            raise OperatorError(said) from error
        finally:
            if not connected.done():
                connected.cancel()
                await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()))

    def _refusals(self) -> dict[int, str]:
        """Say what Discord means by the codes with which it closes a gateway for good."""
        shards = f"shards {write_shards(self._ids())} of {self.shard_count}"
        return {
            4010: f"Discord knows no {shards} (4010): make SHARD_IDS and SHARD_COUNT fit each other.",
            4011: f"Discord doesn't take {self.shard_count} shards for so many servers (4011): write a "
            "larger SHARD_COUNT for every process, or SHARD_COUNT=auto for one that serves them all.",
        }

    async def _until_over(self, connected: asyncio.Future[None]) -> None:
        if self._lost is not None:
            await asyncio.wait({connected, self._lost}, return_when=asyncio.FIRST_COMPLETED)
            # Cancelled is what we gave back ourselves.
            if self._lost.done() and not self._lost.cancelled():
                await self._lost
        await connected

    async def close(self) -> None:
        """Leave the gateway, and the shards to others."""
        await super().close()
        await self._locks.let_go()

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Wait for the shard's turn before a connection is opened that couldn't wait as long."""
        await self._take_turn(shard_id, OPENING)
        self._opening[shard_id] = self.loop.time() + OPENING
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify in turn."""
        number = shard_id or 0
        mine = self._opening.pop(number, 0.0) > self.loop.time()
        await self._take_turn(number, SPACING, again=mine)

    async def _settle(self) -> None:
        """Ask Discord how many shards it recommends and how many may begin, and how many at once."""
        try:
            recommended, _, limits = await self.http.get_bot_gateway()
        except discord.GatewayNotFound:
            log.warning("Discord doesn't say how many shards it recommends; assuming one")
            recommended, limits = 1, _UNKNOWN
        self.shard_count = self._count or recommended
        self._concurrency = limits["max_concurrency"]
        needed, left = len(self._ids()), limits["remaining"]
        if left < needed:
            again = write_wait(limits["reset_after"] / 1000)
            raise OperatorError(
                f"Discord lets {left} more shards of this bot begin, and {needed} are to: find out why it is "
                f"started so often, and start it again in {again}."
            )

    def _ids(self) -> Sequence[int]:
        return self.shard_ids or range(self.shard_count or 1)

    async def _take_turn(self, shard_id: int, seconds: float, *, again: bool = False) -> None:
        bucket = shard_id % (self._concurrency or 1)
        while True:
            try:
                wait = await self._turns.take(bucket, seconds, again=again)
            except Exception:
                # A shard must outlive a database that is away for a while.
                log.exception("shard %d can't learn when its turn is; trying again", shard_id)
                wait = 1.0
            if not wait:
                return
            log.debug("shard %d identifies in %.1f s or later", shard_id, wait)
            await asyncio.sleep(wait + random.random() / 4)  # noqa: S311  # lest all wake at once
