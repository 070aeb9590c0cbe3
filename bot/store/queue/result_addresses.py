"""Addresses of paid pictures, kept with their jobs until they are downloaded, so that no crash pays twice.

They are stored while their job runs, are handed to the worker that takes it over, and are wiped with each
download, with the end of their job, and once their services have deleted the pictures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, bindparam, select, update

from bot.domain.models import ResultAddress
from bot.domain.ports import Clock
from bot.store.db.tables import jobs
from bot.store.db.transactions import RETRY_SHORT, read, write
from bot.store.errors import log_failure

log = logging.getLogger(__name__)

RETENTION = 86_400.0
"""Seconds for which services keep a picture at its address."""
_Stored = list[dict[str, Any]]
_MINE = (
    (jobs.c.id == bindparam("this_job")) & (jobs.c.worker == bindparam("me")) & (jobs.c.state == "running")
)
_READ = select(jobs.c.results).where(_MINE)
_WRITE = (
    update(jobs)
    .where(_MINE)
    .values(
        results=bindparam("new_results", type_=jobs.c.results.type),
        results_until=bindparam("until", type_=jobs.c.results_until.type),
    )
)


class JobResultAddresses:
    """Keeps the addresses of ``worker`` in ``engine``; the jobs' folders are in ``spool``.

    Of other folders, nothing is kept.
    """

    def __init__(self, engine: Engine, spool: Path, *, worker: str, clock: Clock) -> None:
        self._engine = engine
        self._spool = spool
        self._worker = worker
        self._clock = clock
        self._in_use: set[str] = set()

    async def take(self, folder: Path, model: str | None) -> ResultAddress | None:
        """Return the address of a model's picture that an interrupted call of a job left; never fails."""
        if (parameters := self._parameters(folder)) is None:
            return None
        try:
            stored: _Stored = await read(
                self._engine, lambda connection: connection.scalar(_READ, parameters) or []
            )
        except Exception as error:
            log_failure(log, error, "%s: the addresses of results could not be read", folder.name)
            return None
        now = self._clock()
        free = (
            one
            for one in stored
            if one["model"] == model and one["until"] > now and one["id"] not in self._in_use
        )
        if (found := next(free, None)) is None:
            return None
        self._in_use.add(found["id"])
        return ResultAddress(id=found["id"], url=found["url"], folder=folder)

    async def keep(self, folder: Path, model: str | None, url: str) -> ResultAddress:
        """Store the address of a picture, and return it; never fails."""
        address = ResultAddress(id=uuid4().hex, url=url, folder=folder)
        self._in_use.add(address.id)
        until = self._clock() + RETENTION
        added = {"id": address.id, "model": model, "url": url, "until": until}
        await self._change(folder, lambda stored: [*stored, added])
        return address

    async def release(self, address: ResultAddress, *, done: bool) -> None:
        """End the use of an address; one that isn't ``done`` with is taken by the next call; never fails."""
        self._in_use.discard(address.id)
        if done:
            await self._change(
                address.folder, lambda stored: [one for one in stored if one["id"] != address.id]
            )

    async def _change(self, folder: Path, step: Callable[[_Stored], _Stored]) -> None:
        parameters = self._parameters(folder)
        if parameters is None:
            return

        def change(connection: Connection) -> None:
            stored: _Stored = connection.scalar(_READ.with_for_update(), parameters) or []
            changed = step(stored)
            until = max((one["until"] for one in changed), default=None)
            connection.execute(_WRITE, {**parameters, "new_results": changed or None, "until": until})

        try:
            await write(self._engine, change, retry_for=RETRY_SHORT)
        except Exception as error:
            # The picture itself isn't lost: it is downloaded now.
            log_failure(log, error, "%s: the address of a result could not be stored", folder.name)

    def _parameters(self, folder: Path) -> dict[str, object] | None:
        """Return what selects the job of a folder; None where it is no job's."""
        if not folder.is_relative_to(self._spool) or folder == self._spool:
            return None
        name = folder.relative_to(self._spool).parts[0]
        return {"this_job": int(name), "me": self._worker} if name.isdecimal() else None
