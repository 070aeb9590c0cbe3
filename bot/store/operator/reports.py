"""Finds requests for the operator; each query is bounded by an index or by a number of requests."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, select

from bot.domain.models.reports import JobQuery, JobReport
from bot.store.db.tables import jobs
from bot.store.db.transactions import read_once

SEARCHED = 20_000
"""The newest requests among which those of a server, a state or a problem are looked for."""
_NAMES = [each.name for each in fields(JobReport) if each.name != "drawn"]
_COLUMNS = (*(jobs.c[name] for name in _NAMES), func.json_array_length(jobs.c.pictures).label("drawn"))
_NEWEST_ID = select(func.coalesce(func.max(jobs.c.id), 0))


class ReportStore:
    """Reads requests from ``engine``, without retries."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def jobs(self, query: JobQuery, *, most: int) -> list[JobReport]:
        """Return the newest requests that fit."""

        def fetch(connection: Connection) -> list[JobReport]:
            statement = select(*_COLUMNS).where(*_conditions(connection, query)).order_by(jobs.c.id.desc())
            return [_to_job(row) for row in connection.execute(statement.limit(most))]

        return await read_once(self._engine, fetch)

    async def job(self, job_id: int) -> JobReport | None:
        """Return a request; None if there is none with this id."""

        def fetch(connection: Connection) -> JobReport | None:
            row = connection.execute(select(*_COLUMNS).where(jobs.c.id == job_id)).one_or_none()
            return None if row is None else _to_job(row)

        return await read_once(self._engine, fetch)

    async def prompt(self, job_id: int) -> str | None:
        """Return a request's prompt; None if there is none with this id."""
        prompt = select(jobs.c.prompt).where(jobs.c.id == job_id)
        return await read_once(self._engine, lambda connection: connection.scalar(prompt))


def _conditions(connection: Connection, query: JobQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.before is not None:
        found.append(jobs.c.id < query.before)
    if query.user_id is not None:
        found.append(jobs.c.user_id == query.user_id)
    others = {"guild_id": query.guild_id, "state": query.state, "problem": query.problem}
    exact = [jobs.c[name] == value for name, value in others.items() if value is not None]
    if exact and query.user_id is None:
        newest = query.before or (connection.scalar(_NEWEST_ID) or 0) + 1
        found.append(jobs.c.id >= newest - SEARCHED)
    return [*found, *exact]


def _to_job(row: Row[Any]) -> JobReport:
    return JobReport(**{name: getattr(row, name) for name in (*_NAMES, "drawn")})
