"""Reads what was used and spent, from sums by UTC day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, Table, bindparam, func, select

from bot.domain.image_models.prices import Spending
from bot.domain.models.reports import CostReport, CostSummary, UsageReport
from bot.store.db.tables import member_days, server_days
from bot.store.db.transactions import read_once

_MOST_ROWS = 200
_MOST_SERVERS = 50
"""Servers of each currency in a summary of costs."""


class UsageReportStore:
    """Reads sums over the jobs of UTC days, counted from the epoch, from ``engine``; without retries."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def servers(self, *, days: Sequence[int]) -> list[UsageReport]:
        """Return the servers with requests on some days, those with the most first."""

        def fetch(connection: Connection) -> list[UsageReport]:
            found = _largest(connection, server_days, "guild_id", days)
            members = _members(connection, [each.id or 0 for each in found], days[0])
            return [replace(each, members=members.get(each.id or 0, 0)) for each in found]

        return await read_once(self._engine, fetch)

    async def members(self, *, days: Sequence[int]) -> list[UsageReport]:
        """Return the members with requests on some days, those with the most first."""
        return await read_once(
            self._engine, lambda connection: _largest(connection, member_days, "user_id", days)
        )

    async def days_of_server(self, guild_id: int, *, days: Sequence[int]) -> list[UsageReport]:
        """Return the use of a server on each of some days."""
        there = server_days.c.day.in_(days) & (server_days.c.guild_id == guild_id)
        return await read_once(self._engine, lambda connection: _by_day(connection, server_days, there))

    async def days_of_member(self, user_id: int, *, days: Sequence[int]) -> list[UsageReport]:
        """Return the use of a member on each of some days."""
        # Each of them, which the primary key finds; a range would be read whole.
        theirs = member_days.c.day.in_(days) & (member_days.c.user_id == user_id)
        return await read_once(self._engine, lambda connection: _by_day(connection, member_days, theirs))

    async def costs(self, *, since: int) -> list[CostReport]:
        """Return what requests since a day cost, by day, model, server and currency."""

        def fetch(connection: Connection) -> list[CostReport]:
            return [
                CostReport(
                    day=row.day,
                    model=row.model or None,
                    guild_id=row.guild_id or None,
                    currency=row.currency,
                    cost=row.cost,
                    requests=row.requests,
                )
                for row in connection.execute(_COSTS, {"since": since})
            ]

        return await read_once(self._engine, fetch)

    async def cost_summaries(self, *, since: int) -> list[CostSummary]:
        """Return what requests since a day cost in each currency."""
        return await read_once(self._engine, lambda connection: _summaries(connection, since))


_COSTS = (
    select(server_days)
    .where(server_days.c.day >= bindparam("since"), server_days.c.cost > 0, server_days.c.currency != "")
    .order_by(*server_days.primary_key)
)


def _largest(connection: Connection, table: Table, column: str, days: Sequence[int]) -> list[UsageReport]:
    """Return those with the most requests from the first of ``days`` on."""
    lately = table.c.day >= days[0]
    rows = connection.execute(_usage_by(table, column).where(lately).limit(_MOST_ROWS)).all()
    # Each day, which the primary key finds with each member.
    shown = table.c.day.in_(days) & table.c[column].in_([row.id for row in rows])
    costs = _spendings(connection, _costs_by(table, column).where(shown))
    return [_to_report(row, costs) for row in rows]


def _by_day(connection: Connection, table: Table, where: ColumnElement[bool]) -> list[UsageReport]:
    costs = _spendings(connection, _costs_by(table, "day").where(where))
    rows = connection.execute(_usage_by(table, "day").where(where))
    return sorted((_to_report(row, costs) for row in rows), key=lambda day: day.id or 0)


def _members(connection: Connection, guild_ids: Sequence[int], since: int) -> Mapping[int, int]:
    """Return the number of members with requests since a day by server."""
    there = (member_days.c.day >= since) & member_days.c.guild_id.in_(guild_ids)
    members = func.count(member_days.c.user_id.distinct()).label("members")
    query = select(member_days.c.guild_id, members).where(there).group_by(member_days.c.guild_id)
    return {row.guild_id: row.members for row in connection.execute(query)}


@cache
def _usage_by(table: Table, column: str) -> Select[*tuple[Any, ...]]:
    requests = func.sum(table.c.requests)
    return (
        select(
            table.c[column].label("id"),
            requests.label("requests"),
            func.sum(table.c.pictures).label("pictures"),
            func.sum(table.c.failed).label("failed"),
        )
        .group_by(table.c[column])
        .order_by(requests.desc(), table.c[column])
    )


@cache
def _costs_by(table: Table, column: str) -> Select[*tuple[Any, ...]]:
    cost = func.sum(table.c.cost).label("cost")
    return (
        select(table.c[column].label("id"), table.c.currency, cost)
        .where(table.c.currency != "", table.c.cost > 0)
        .group_by(table.c[column], table.c.currency)
        .order_by(table.c.currency)
    )


def _to_report(row: Row[Any], costs: Mapping[int, Sequence[Spending]]) -> UsageReport:
    return UsageReport(
        id=row.id or None,
        requests=row.requests,
        pictures=row.pictures,
        failed=row.failed,
        costs=costs.get(row.id, ()),
    )


def _spendings(connection: Connection, query: Select[*tuple[Any, ...]]) -> Mapping[int, Sequence[Spending]]:
    found: dict[int, list[Spending]] = {}
    for row in connection.execute(query):
        found.setdefault(row.id, []).append(Spending(currency=row.currency, micro=int(row.cost)))
    return found


def _summaries(connection: Connection, since: int) -> list[CostSummary]:
    days: dict[str, Counter[int]] = {}
    models: dict[str, Counter[str | None]] = {}
    for row in connection.execute(_COSTS_BY_DAY, {"since": since}):
        days.setdefault(row.currency, Counter())[row.day] += int(row.cost)
        models.setdefault(row.currency, Counter())[row.model or None] += int(row.cost)
    servers: dict[str, dict[int | None, int]] = {currency: {} for currency in days}
    for row in connection.execute(_COSTS_BY_SERVER, {"since": since}):
        if len(largest := servers[row.currency]) < _MOST_SERVERS:
            largest[row.guild_id or None] = int(row.cost)
    return [
        CostSummary(
            currency=currency,
            days=dict(sorted(days[currency].items())),
            models=dict(models[currency].most_common()),
            servers=servers[currency],
        )
        for currency in sorted(days)
    ]


_COST = func.sum(server_days.c.cost).label("cost")
_IS_COST = (
    (server_days.c.day >= bindparam("since")) & (server_days.c.currency != "") & (server_days.c.cost > 0)
)
# In the order of the primary key, so that nothing is sorted.
_COSTS_BY_DAY = (
    select(server_days.c.day, server_days.c.currency, server_days.c.model, _COST)
    .where(_IS_COST)
    .group_by(server_days.c.day, server_days.c.currency, server_days.c.model)
)
_COSTS_BY_SERVER = (
    select(server_days.c.currency, server_days.c.guild_id, _COST)
    .where(_IS_COST)
    .group_by(server_days.c.currency, server_days.c.guild_id)
    .order_by(_COST.desc(), server_days.c.guild_id)
)
