"""Reads what the operator asks about; each query is bounded by an index or by a number of requests."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Row,
    Select,
    bindparam,
    case,
    cast,
    func,
    select,
)

from bot.domain.models.reports import CostReport, JobQuery, JobReport, UsageReport
from bot.store.db.tables import jobs
from bot.store.db.transactions import read_once

SEARCHED = 20_000
"""The newest requests among which those of a server, a state or a problem are looked for."""
_MOST_ROWS = 200
_DAY = 86_400
_NAMES = [each.name for each in fields(JobReport) if each.name != "drawn"]
_COLUMNS = (*(jobs.c[name] for name in _NAMES), func.json_array_length(jobs.c.pictures).label("drawn"))
_NEWEST_ID = select(func.coalesce(func.max(jobs.c.id), 0))


class ReportStore:
    """Reads reports from ``engine``, without retries."""

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

    async def servers(self, *, since: float) -> list[UsageReport]:
        """Return the servers with requests since a moment, those with the most first."""
        return await self._usage("guild_id", since)

    async def members(self, *, since: float) -> list[UsageReport]:
        """Return the members with requests since a moment, those with the most first."""
        return await self._usage("user_id", since)

    async def costs(self, *, since: float) -> list[CostReport]:
        """Return what requests since a moment cost, by day, model, server and currency."""

        def fetch(connection: Connection) -> list[CostReport]:
            return [CostReport(**row) for row in connection.execute(_costs(), {"since": since}).mappings()]

        return await read_once(self._engine, fetch)

    async def _usage(self, column: str, since: float) -> list[UsageReport]:
        def fetch(connection: Connection) -> list[UsageReport]:
            rows = connection.execute(_usage_by(column), {"since": since}).mappings()
            return [UsageReport(**row) for row in rows]

        return await read_once(self._engine, fetch)


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


@cache
def _usage_by(column: str) -> Select[*tuple[Any, ...]]:
    requests = func.count().label("requests")
    failed = func.sum(case(((jobs.c.state == "done") & jobs.c.drawn_at.is_(None), 1), else_=0))
    return (
        select(
            jobs.c[column].label("id"),
            requests,
            func.coalesce(func.sum(func.json_array_length(jobs.c.pictures)), 0).label("pictures"),
            func.count(jobs.c.user_id.distinct()).label("members"),
            func.coalesce(failed, 0).label("failed"),
        )
        .where(jobs.c.created_at >= bindparam("since"))
        .group_by(jobs.c[column])
        .order_by(requests.desc())
        .limit(_MOST_ROWS)
    )


@cache
def _costs() -> Select[*tuple[Any, ...]]:
    day = cast(func.floor(jobs.c.created_at / _DAY), Integer).label("day")
    return (
        select(
            day,
            jobs.c.model,
            jobs.c.guild_id,
            jobs.c.currency,
            func.sum(jobs.c.cost).label("cost"),
            func.count().label("requests"),
        )
        .where(jobs.c.created_at >= bindparam("since"), jobs.c.cost > 0, jobs.c.currency.is_not(None))
        .group_by(day, jobs.c.model, jobs.c.guild_id, jobs.c.currency)
        .order_by(day)
    )


def _to_job(row: Row[Any]) -> JobReport:
    return JobReport(**{name: getattr(row, name) for name in (*_NAMES, "drawn")})
