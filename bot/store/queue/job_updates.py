"""Conditional updates of jobs, each one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, Connection, Engine, Row, bindparam, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.models import Job
from bot.store.db.notifications import notify
from bot.store.db.tables import jobs
from bot.store.db.transactions import RETRY_LONG, RETRY_SHORT, write
from bot.store.queue.job_rows import to_job
from bot.store.queue.services.relay_state import lock_claims


class JobUpdates:
    """Updates jobs in ``engine``; picture paths are relative to the folder ``spool``."""

    def __init__(self, engine: Engine, spool: Path) -> None:
        self._engine = engine
        self._spool = spool

    async def step(
        self,
        job: Job,
        worker: str,
        state: str | None,
        /,
        *,
        notifies: bool = False,
        retry_for: float = RETRY_LONG,
        **values: object,
    ) -> Job | None:
        """Update a worker's job, in ``state`` unless None; None if it isn't that or another worker has it."""
        parameters, expressions = _split(values)
        statement = _step_statement(tuple(parameters), any_state=state is None)
        if expressions:
            statement = statement.values(**expressions)
        parameters = {f"new_{name}": value for name, value in parameters.items()}
        parameters |= {"this_job": job.id, "me": worker, "in_state": state}

        def step(connection: Connection) -> Job | None:
            row = connection.execute(statement, parameters).one_or_none()
            if row is not None and notifies:
                notify(connection)
            return to_job(row, self._spool) if row else None

        return await write(self._engine, step, retry_for=retry_for)

    async def change(
        self,
        where: ColumnElement[bool],
        /,
        *,
        notifies: bool = False,
        requeues: bool = False,
        retry_for: float = RETRY_SHORT,
        **values: object,
    ) -> list[Job]:
        """Update jobs and return them; see ``lock_claims`` for those that ``requeues``.

        If ``notifies`` and there are any, every process is notified.
        """

        def change(connection: Connection) -> list[Job]:
            if requeues:
                # Mostly there are none, and the lock would be taken every second.
                if connection.scalar(select(jobs.c.id).where(where).limit(1)) is None:
                    return []
                lock_claims(connection)
            changed = self.update(connection, where, **values)
            if changed and notifies:
                notify(connection)
            return changed

        return await write(self._engine, change, retry_for=retry_for)

    def update(self, connection: Connection, where: ColumnElement[bool], /, **values: object) -> list[Job]:
        """Update jobs in a transaction, and return them."""
        result = connection.execute(update(jobs).where(where).values(**values).returning(*jobs.c))
        return self.to_jobs(result)

    def to_jobs(self, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Job]:
        """Return the jobs of full rows, oldest first."""
        return sorted((to_job(row, self._spool) for row in rows), key=lambda job: job.id)


def _split(values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, ClauseElement]]:
    """Return the values that are parameters, and those that are SQL expressions."""
    expressions = {name: value for name, value in values.items() if isinstance(value, ClauseElement)}
    return {name: value for name, value in values.items() if name not in expressions}, expressions


@cache
def _step_statement(names: Sequence[str], *, any_state: bool) -> ReturningUpdate[*tuple[Any, ...]]:
    """Set the columns ``names`` of the job ``this_job`` of worker ``me`` to ``new_…``; returns a full row.

    Built once for each step: building it takes longer than running it.
    """
    mine = (jobs.c.id == bindparam("this_job")) & (jobs.c.worker == bindparam("me"))
    if not any_state:
        mine &= jobs.c.state == bindparam("in_state")
    values = {name: bindparam(f"new_{name}", type_=jobs.c[name].type) for name in names}
    return update(jobs).where(mine).values(**values).returning(*jobs.c)


def working_state(job: Job) -> str:
    """Return the state that ends when a job fails or is requeued."""
    return "drawn" if job.state == "drawn" else "running"
