"""The audit of what operators did; each act is recorded in the transaction that does it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, true

from bot.domain.controls.acts import Act, Operator, RecordedAct, Target
from bot.store.db.tables import operator_acts
from bot.store.db.transactions import read, write


class ActStore:
    """Records and reads the audit in ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def record(self, act: Act, *, now: float) -> None:
        """Record an act that changes nothing in the database."""
        await write(self._engine, lambda connection: record_act(connection, act, now=now))

    async def recent(self, *, most: int, before: int | None, target: Target | None) -> list[RecordedAct]:
        """Return the newest acts, those with ids below ``before``, those against a target."""
        earlier = true() if before is None else operator_acts.c.id < before
        newest = select(operator_acts).where(earlier, true() if target is None else _against(target))

        def fetch(connection: Connection) -> list[RecordedAct]:
            rows = connection.execute(newest.order_by(operator_acts.c.id.desc()).limit(most))
            return [_to_act(row) for row in rows]

        return await read(self._engine, fetch)


def record_act(connection: Connection, act: Act, *, now: float) -> None:
    """Record an act in a transaction."""
    row = {
        "at": now,
        "who": act.by.who,
        "origin": act.by.origin,
        "act": act.name,
        "target_kind": act.target.kind if act.target else None,
        "target_id": act.target.id if act.target else None,
        "details": dict(act.details),
        "reason": act.reason,
    }
    connection.execute(insert(operator_acts), row)


def _against(target: Target) -> ColumnElement[bool]:
    return (operator_acts.c.target_kind == target.kind) & (operator_acts.c.target_id == target.id)


def _to_act(row: Row[Any]) -> RecordedAct:
    target = None if row.target_kind is None else Target(kind=row.target_kind, id=row.target_id)
    by = Operator(who=row.who, origin=row.origin)
    act = Act(by=by, name=row.act, target=target, reason=row.reason, details=row.details)
    return RecordedAct(id=row.id, at=row.at, act=act)
