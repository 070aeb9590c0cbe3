"""The processes on a database: a row that each renews while it runs."""

from __future__ import annotations

from dataclasses import asdict, fields
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Row, delete, select

from bot.domain.models.processes import Process, ProcessState
from bot.store.db.inserts import insert_into
from bot.store.db.tables import processes
from bot.store.db.transactions import RETRY_SHORT, read_once, write

_FIELDS = [each.name for each in fields(ProcessState)]
_KEPT = 86_400.0
"""Seconds for which a process that was killed is still listed."""


class ProcessStore:
    """Reads and writes the processes in ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def report(self, process: Process) -> None:
        """Write a process's row, and delete those of processes that are gone for a day."""
        row = {
            "name": process.name,
            "started_at": process.started_at,
            "seen_at": process.seen_at,
            "state": asdict(process.state),
        }

        def work(connection: Connection) -> None:
            connection.execute(delete(processes).where(processes.c.seen_at < process.seen_at - _KEPT))
            connection.execute(_upsert(connection.dialect.name), row)

        await write(self._engine, work, retry_for=RETRY_SHORT)

    async def remove(self, name: str) -> None:
        """Delete the row of a process that stops."""
        removed = delete(processes).where(processes.c.name == name)
        await write(self._engine, lambda connection: connection.execute(removed), retry_for=RETRY_SHORT)

    async def all(self) -> list[Process]:
        """Return the processes, those that started last first."""
        newest = select(processes).order_by(processes.c.started_at.desc())
        return await read_once(
            self._engine, lambda connection: [_to_process(row) for row in connection.execute(newest)]
        )


@cache
def _upsert(dialect: str) -> Executable:
    new = insert_into(processes, dialect)
    changing = {name: new.excluded[name] for name in ("seen_at", "state")}
    return new.on_conflict_do_update(index_elements=["name"], set_=changing)


def _to_process(row: Row[Any]) -> Process:
    # Other versions may report more or less.
    known: dict[str, Any] = {name: row.state[name] for name in _FIELDS if name in row.state}
    known["shards"] = {int(number): connected for number, connected in known.get("shards", {}).items()}
    return Process(name=row.name, started_at=row.started_at, seen_at=row.seen_at, state=ProcessState(**known))
