"""All that a door may ask for of what is kept about people: to see it, and to have it gone."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain.errors import BotError
from bot.domain.quotas import day_of
from bot.services import personal_data_report
from bot.store.guilds import Guilds
from bot.store.members import Members
from bot.store.personal_data import Batch, Day, Records, Row

log = logging.getLogger(__name__)

_DAY = 86_400.0
_PAUSE = 0.05
"""Seconds in which others do, between two batches of what nobody waits for."""


class Originals(Protocol):
    """Wherever untouched pictures are kept."""

    async def forget(self, names: Sequence[str]) -> None:
        """Delete pictures; those that are gone already are no problem. Raises ``OperatorError``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file for the person it is about."""

    name: str
    content: bytes


class Privacy:
    """Shows and erases what is kept; what is older than ``retention`` days is swept, unless that is None.

    A ``batch`` of requests at once takes some milliseconds, in which nobody else gets at the database.
    """

    def __init__(
        self,
        records: Records,
        guilds: Guilds,
        members: Members,
        originals: Originals,
        *,
        retention: int | None,
        clock: Callable[[], float],
        batch: int = 200,
    ) -> None:
        self._records = records
        self._guilds = guilds
        self._members = members
        self._originals = originals
        self.retention = retention
        self._clock = clock
        self._batch = batch

    async def kept(self, user_id: int) -> int:
        """Return how many requests of a person are kept."""
        return await self._records.count(user_id)

    async def export(self, user_id: int, limit: int) -> list[Export]:
        """Return all that is kept about a person, in files of at most ``limit`` bytes."""
        others = await self._records.others(user_id)
        requests = [personal_data_report.request(row) async for row in self._requests(user_id)]
        about = personal_data_report.about(user_id, others, now=self._clock())
        return await asyncio.to_thread(_files, about, requests, limit)

    async def forget(self, user_id: int) -> int:
        """Delete what is kept about a person; return how many requests that were.

        What they ask for in the meantime stays.
        """
        until, erased = await self._records.newest(user_id), 0
        while (batch := await self._records.of_member(user_id, until=until, most=self._batch)).ids:
            await self._originals.forget(batch.kept)
            days = await self._days(user_id)
            await self._records.erase_own(batch, days, now=self._clock())
            erased += len(batch.ids)
        await self._records.erase_others(user_id)
        self._members.hear(str(user_id))
        log.info("the data of user %s is deleted: %d requests", user_id, erased)
        return erased

    async def sweep(self) -> int:
        """Delete what is older than it may be, in small batches; return how many requests that were.

        Does nothing where another process is at it.
        """
        async with self._records.sweeping() as alone:
            if not alone:
                return 0
            now = self._clock()
            before = None if self.retention is None else now - self.retention * _DAY
            await self._records.erase_outdated(before=before, now=now)
            erased = 0 if before is None else await self._sweep_requests(before)
        if erased:
            log.info("%d requests were older than %d days and are deleted", erased, self.retention)
        return erased

    async def _sweep_requests(self, before: float) -> int:
        erased = 0
        while (batch := await self._records.outdated(before=before, most=self._batch)).ids:
            await self._erase(batch)
            erased += len(batch.ids)
            await asyncio.sleep(_PAUSE)
        return erased

    async def _erase(self, batch: Batch) -> None:
        try:
            await self._originals.forget(batch.kept)
        except BotError as error:
            # The rows go all the same: they say more about people than a picture without a name does.
            log.error("originals of old requests stay: %s", error.detail, exc_info=error)
        await self._records.erase(batch)

    async def _requests(self, user_id: int) -> AsyncGenerator[Row]:
        last = 0
        while rows := await self._records.requests(user_id, after=last, most=self._batch):
            for row in rows:
                yield row
            last = rows[-1]["id"]

    async def _days(self, user_id: int) -> dict[int, Day]:
        """Return when today is in each server where the person asked for something lately."""
        now = self._clock()
        guilds = await self._records.guilds(user_id, since=now - 2 * _DAY)
        return {guild: day_of(now, (await self._guilds.settings(guild)).time_zone) for guild in guilds}


def _files(about: dict[str, Any], requests: list[dict[str, Any]], limit: int) -> list[Export]:
    content = _json({**about, "requests": requests})
    if len(content) <= limit:
        return [Export(name="jimeng-data.json", content=content)]
    return [
        Export(name=f"jimeng-data-{number}.json.gz", content=part)
        for number, part in enumerate(_parts(about, requests, limit), 1)
    ]


def _parts(about: dict[str, Any], requests: list[dict[str, Any]], limit: int) -> list[bytes]:
    """Return the same packed, and in as many parts as it takes."""
    packed = gzip.compress(_json({**about, "requests": requests}))
    if len(packed) <= limit or len(requests) < 2:
        return [packed]
    half = len(requests) // 2
    return [*_parts(about, requests[:half], limit), *_parts(about, requests[half:], limit)]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()
