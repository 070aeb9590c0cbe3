"""What the operator does to single requests, audited in the transaction that does it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update

from bot.domain.controls.acts import Act
from bot.domain.daily_limits import Demand, utc_day
from bot.domain.image_models.costs import expected_cost
from bot.domain.models import Job
from bot.domain.requests.cancellation import Cancellation
from bot.store import daily_usage
from bot.store.controls.acts import record_act
from bot.store.controls.own_limits import with_own_limits
from bot.store.db import postgres
from bot.store.db.notifications import notify
from bot.store.db.tables import jobs
from bot.store.db.transactions import write
from bot.store.queue import admission, fair_queue
from bot.store.queue.job_rows import to_job
from bot.store.queue.limits import Limits
from bot.store.queue.services.relay_state import lock_claims

_AGAIN: dict[str, Any] = {
    "state": "waiting",
    "attempts": 0,
    "lost": 0,
    "relaxed": False,
    "problem": None,
    "facts": {},
    "results": None,
    "reserved": None,
    "worker": None,
    "lease": None,
    "started_at": None,
    "finished_at": None,
    "direct": False,
    # Its token is gone: its card is read and edited as a message of the bot's own.
    "token": None,
    "own_card": True,
    "card_until": 0.0,
    "card_ahead": None,
}


class RequestActStore:
    """Cancels and retries requests in ``engine``; picture paths are relative to the folder ``spool``."""

    def __init__(self, engine: Engine, spool: Path, limits: Limits) -> None:
        self._engine = engine
        self._spool = spool
        self._limits = limits

    async def cancel(self, job_id: int, act: Act, *, now: float) -> tuple[Job, Job] | None:
        """Cancel a waiting or running request; return it as it was before and is now, None if it is neither.

        What a running one may have cost is counted.
        """

        def work(connection: Connection) -> tuple[Job, Job] | None:
            # As the cancellation does, so that nothing changes the job in between.
            postgres.acquire_lock(connection, "accept")
            lock_claims(connection)
            before = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
            reason = Cancellation("operator", act.reason)
            cancelled = admission.cancel(connection, job_id, now, reason, charge=True)
            if before is None or cancelled is None:
                return None
            record_act(connection, act, now=now)
            return to_job(before, self._spool), to_job(cancelled, self._spool)

        return await write(self._engine, work)

    async def retry(self, job_id: int, act: Act, *, now: float, deadline: float) -> bool:
        """Begin a waiting request now, or one that ended without a picture again; False for any other.

        The latter counts towards the daily limits of today, as the audit says; raises ``RuleBroken`` where it
        would exceed one.
        """

        def work(connection: Connection) -> bool:
            postgres.acquire_lock(connection, "accept")
            lock_claims(connection)
            locked = select(jobs).where(jobs.c.id == job_id).with_for_update()
            row = connection.execute(locked).one_or_none()
            if row is not None and row.state == "waiting":
                _begin_now(connection, row, now, deadline)
                record_act(connection, act, now=now)
            elif row is not None and can_be_drawn_again(row):
                demand = self._draw_again(connection, row, now, deadline)
                counted = {"pictures": demand.units, "cost_millionths": demand.cost}
                record_act(connection, replace(act, details=counted), now=now)
            else:
                return False
            notify(connection)
            return True

        return await write(self._engine, work)

    def _draw_again(self, connection: Connection, row: Row[Any], now: float, deadline: float) -> Demand:
        """Put a request into the queue, and return what that counts."""
        job = to_job(row, self._spool)
        demand = Demand(
            pictures=row.amount,
            units=row.amount * row.weight,
            weight=row.weight,
            cost=expected_cost(self._limits.models, job.draft),
        )
        limits = with_own_limits(connection, self._limits.daily, user_id=row.user_id, guild_id=row.guild_id)
        daily_usage.reserve(connection, limits, job.requester, demand, now=now)
        parameters = {"member": row.user_id, "interaction": row.interaction_id}
        turn = connection.execute(fair_queue.admission_query(), parameters).one().turn
        values = {**_AGAIN, "turn": turn, "run_at": now, "deadline": deadline}
        # What its first attempts cost stays on the day of these.
        values |= {"counted_cost": row.cost + demand.cost, "counted_day": utc_day(now)}
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(values))
        return demand


def can_be_drawn_again(row: Row[Any]) -> bool:
    """Whether a request ended without a picture, and has all that a new attempt needs.

    A private card can't be reached any more without its token, and the prompt may have been erased.
    """
    failed = row.state == "done" and row.drawn_at is None and row.problem is not None
    return failed and bool(row.prompt) and not row.ephemeral and not row.compared


def _begin_now(connection: Connection, row: Row[Any], now: float, deadline: float) -> None:
    values = {"run_at": now, "deadline": max(deadline, row.deadline)}
    connection.execute(update(jobs).where(jobs.c.id == row.id).values(values))
