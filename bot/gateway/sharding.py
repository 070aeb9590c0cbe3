"""Shards: each owned by one process alone, identified in Discord's pace."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord
import yarl
from discord.ext import commands

from bot.config.setting_values import format_duration, format_shard_ids
from bot.domain.errors import OperatorError
from bot.domain.ports import IdentifyLimiter
from bot.store.errors import log_failure
from bot.store.shards.locks import ShardLocks, ShardTaken

if TYPE_CHECKING:
    from discord.types.gateway import SessionStartLimit

log = logging.getLogger(__name__)

IDENTIFY_INTERVAL = 5.25
"""Seconds between two identifies of a bucket: Discord's five, plus a margin for network delay."""
CONNECT_TIMEOUT = 15.0
"""Seconds for which a bucket is reserved while the connection that will identify is opened."""
HANDOVER_TIMEOUT, HANDOVER_POLL = 10.0, 0.1
"""Seconds that a process waits for one on the same shards to stop, and between two looks."""
READ_ROUNDS = 20
"""Rounds of the event loop in which events that this machine has received are still read."""
_UNKNOWN: SessionStartLimit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}


class SessionStartsExhausted(OperatorError):
    """Report that Discord allows no further session start before its limit is reset."""

    retry = True


class ShardedBot(commands.AutoShardedBot):
    """Serves the shards ``ids`` of ``count``, or as many as Discord recommends where these are None."""

    def __init__(
        self,
        *,
        locks: ShardLocks,
        identify_limiter: IdentifyLimiter,
        count: int | None,
        ids: Sequence[int] | None,
        **options: Any,
    ) -> None:
        if ids:
            options["shard_ids"] = list(ids)
        # A number even before Discord has decided: discord.py requires one.
        super().__init__(shard_count=count or 1, **options)
        self._locks = locks
        self._identify_limiter = identify_limiter
        self._count = count
        self._concurrency: int | None = None
        self._lock_lost: asyncio.Task[None] | None = None
        self._opening: dict[int, float] = {}

    async def setup_hook(self) -> None:
        """Lock these shards against other processes, waiting a while for one that stops."""
        if self._locks.needed:
            await self._fetch_gateway_limits()
            ids = self._ids()
            self._lock_lost = await self._acquire_locks(ids)
            log.info("serving shards %s of %d", format_shard_ids(ids), self.shard_count)

    async def _acquire_locks(self, ids: Sequence[int]) -> asyncio.Task[None]:
        deadline = self.loop.time() + HANDOVER_TIMEOUT
        waiting = False
        while True:
            try:
                return await self._locks.acquire(ids, self.shard_count or 1)
            except ShardTaken as error:
                if not error.retry or self.loop.time() >= deadline:
                    raise
                if not waiting:
                    log.info("%s; waiting up to %g s until it stops", error.detail, HANDOVER_TIMEOUT)
                waiting = True
                await asyncio.sleep(HANDOVER_POLL)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect every shard; raise ``OperatorError`` if a lock is lost or Discord refuses the shards."""
        if self._concurrency is None:
            await self._fetch_gateway_limits()
        connected = asyncio.ensure_future(super().connect(reconnect=reconnect))
        try:
            await self._wait_until_closed(connected)
        except discord.ConnectionClosed as error:
            if (said := self._close_reasons().get(error.code)) is None:
                raise
            raise OperatorError(said) from error
        finally:
            if not connected.done():
                connected.cancel()
                await self.disconnect()

    def _close_reasons(self) -> dict[int, str]:
        """Explain the close codes that rule out a reconnect."""
        shards = f"shards {format_shard_ids(self._ids())} of {self.shard_count}"
        return {
            4010: f"Discord knows no {shards} (4010): make SHARD_IDS and SHARD_COUNT fit each other.",
            4011: f"Discord doesn't take {self.shard_count} shards for so many servers (4011): write a "
            "larger SHARD_COUNT for every process, or SHARD_COUNT=auto for one that serves them all.",
        }

    async def _wait_until_closed(self, connected: asyncio.Future[None]) -> None:
        if self._lock_lost is not None:
            await asyncio.wait({connected, self._lock_lost}, return_when=asyncio.FIRST_COMPLETED)
            # Cancelled when this process released the locks itself.
            if self._lock_lost.done() and not self._lock_lost.cancelled():
                await self._lock_lost
        await connected

    async def disconnect(self) -> None:
        """Leave the gateway, after reading what arrived already; the REST API can still be used."""
        # Closing a connection drops the events that are still in its buffers.
        for _ in range(READ_ROUNDS):
            await asyncio.sleep(0)
        await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()))

    async def release_shards(self) -> None:
        """Let other processes serve these shards, once this one has left the gateway."""
        await self._locks.release()

    async def close(self) -> None:
        """Release the shard locks, then close the connection to the REST API."""
        await self.disconnect()
        await self.release_shards()
        await super().close()

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Reserve the bucket before connecting: an open connection must identify within seconds."""
        await self._reserve_bucket(shard_id, CONNECT_TIMEOUT)
        self._opening[shard_id] = self.loop.time() + CONNECT_TIMEOUT
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for the bucket before identifying."""
        number = shard_id or 0
        mine = self._opening.pop(number, 0.0) > self.loop.time()
        await self._reserve_bucket(number, IDENTIFY_INTERVAL, again=mine)

    async def _fetch_gateway_limits(self) -> None:
        """Ask Discord for its recommended shard count, session start limit and concurrency."""
        try:
            recommended, _, limits = await self.http.get_bot_gateway()
        except discord.GatewayNotFound:
            log.warning("Discord recommends no shard count; assuming one")
            recommended, limits = 1, _UNKNOWN
        self.shard_count = self._count or recommended
        self._concurrency = limits["max_concurrency"]
        needed, left = len(self._ids()), limits["remaining"]
        if left < needed:
            again = format_duration(limits["reset_after"] / 1000)
            raise SessionStartsExhausted(
                f"Discord allows {left} more session starts and {needed} are needed: find out why the bot is "
                f"restarted so often, and start it again in {again}."
            )

    def _ids(self) -> Sequence[int]:
        return self.shard_ids or range(self.shard_count or 1)

    async def _reserve_bucket(self, shard_id: int, seconds: float, *, again: bool = False) -> None:
        bucket = shard_id % (self._concurrency or 1)
        while True:
            try:
                wait = await self._identify_limiter.acquire(bucket, seconds, again=again)
            except Exception as error:
                # A shard must survive an outage of the database.
                log_failure(
                    log, error, "shard %d could not reserve its identify slot; trying again", shard_id
                )
                wait = 1.0
            if not wait:
                return
            log.debug("shard %d identifies in %.1f s or later", shard_id, wait)
            await asyncio.sleep(wait + random.random() / 4)  # noqa: S311  # spread shards that wait for the same bucket
