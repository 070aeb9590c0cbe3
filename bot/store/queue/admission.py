"""Admission to the queue, and cancellation.

Admissions are serialized over all processes, so what one reads holds until it is committed: of fifty
concurrent requests, exactly as many are admitted as the limits allow.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Column, Connection, DefaultClause, Row, Select, case, insert, select, update
from sqlalchemy.sql.dml import ReturningInsert

from bot.domain.daily_limits import Demand
from bot.domain.errors import RuleBroken
from bot.domain.image_models.comparisons import surplus
from bot.domain.image_models.costs import expected_cost
from bot.domain.image_models.fallbacks import Fallback
from bot.domain.models import Draft, Quota, ReplyTo, Requester
from bot.domain.requests.cancellation import Cancellation
from bot.store import daily_usage, usage
from bot.store.controls.own_limits import HAS_OWN_LIMITS, with_own_limits
from bot.store.db import postgres
from bot.store.db.notifications import notify, work_notification
from bot.store.db.tables import jobs
from bot.store.queue import fair_queue, shown_pictures
from bot.store.queue.ancestry import ancestry_columns
from bot.store.queue.comparisons import cancelled_surplus
from bot.store.queue.job_rows import to_columns
from bot.store.queue.limits import Limits
from bot.store.queue.services.relay_state import lock_claims

CARD_LEASE = 5.0
"""Seconds for which the process that accepted a job may edit its card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionRequest:
    """A request to be admitted within a quota; its job is started before ``deadline`` or fails."""

    draft: Draft
    requester: Requester
    reply_to: ReplyTo
    now: float
    deadline: float
    quota: Quota | None = None
    weight: int = 1
    """How many pictures of quotas each of its pictures counts as; 1 for each of a comparison."""
    fallbacks: Sequence[Fallback] = ()

    @property
    def surplus(self) -> int:
        """What the pictures of a comparison count as beyond one each."""
        return surplus(self.draft.compared)

    @property
    def counted(self) -> int:
        """How many pictures are asked for; those of a comparison as they count."""
        return self.draft.count + self.surplus


def admit(connection: Connection, limits: Limits, request: AdmissionRequest) -> SimpleNamespace | None:
    """Insert the job of a request; None if its interaction was admitted before. Raises ``RuleBroken``."""
    postgres.acquire_lock(connection, "accept")
    requester = request.requester
    state = usage.member_state_parameters(requester.user_id, requester.guild_id, request.now)
    parameters = {**state, "interaction": request.reply_to.interaction_id}
    queue = connection.execute(_admission_query(), parameters).one()
    if queue.known:
        return None
    _check_queue_limits(limits, queue.waiting, queue.mine)
    usage.raise_if_suspended(connection, queue, parameters)
    relaxed = _is_relaxed(connection, request)
    demand = _demand(limits, request)
    daily = limits.daily
    if queue.own_limits:
        daily = with_own_limits(connection, daily, user_id=requester.user_id, guild_id=requester.guild_id)
    daily_usage.reserve(connection, daily, requester, demand, now=request.now)
    row = {
        **_columns(connection, request),
        "relaxed": relaxed,
        "counted_cost": demand.cost,
        "turn": queue.relaxed_turn if relaxed else queue.turn,
    }
    job_id = connection.execute(_insert_statement(connection.dialect.name), row).one().id
    # Not returned by the insert: reading a full row takes longer than adding it.
    return SimpleNamespace(**{**_DEFAULTS, **row, "id": job_id})


def cancel(
    connection: Connection, job_id: int, now: float, cancellation: Cancellation, *, charge: bool
) -> Row[Any] | None:
    """Cancel a waiting or running job; None if it is neither. ``charge``: a running one isn't refunded."""
    postgres.acquire_lock(connection, "accept")
    lock_claims(connection)
    open_ = (jobs.c.id == job_id) & jobs.c.state.in_(("waiting", "running"))
    turn = connection.scalar(select(jobs.c.turn).where(open_, jobs.c.attempts == 0))
    values: dict[str, Any] = {"state": "cancelled", "finished_at": now, "token": None, "worker": None}
    values |= {"facts": cancellation.facts, "results": None}
    # Those that its card shows stay there.
    shown: shown_pictures.Json = connection.scalar(select(jobs.c.shown).where(open_).with_for_update()) or []
    values["pictures"] = shown_pictures.as_files(job_id, shown)
    values["drawn_at"] = now if shown else None
    if charge:
        # The others are being generated and cost as much as if they were shown.
        values["charged"] = case((jobs.c.state == "running", jobs.c.amount - len(shown)), else_=0)
    values["surplus"] = cancelled_surplus(connection, job_id, shown, charge=charge)
    # An unused turn is released: the member's later jobs move up.
    values |= {"lease": None, "turn": case((jobs.c.attempts == 0, 0), else_=jobs.c.turn)}
    result = connection.execute(update(jobs).where(open_).values(**values).returning(*jobs.c))
    cancelled = result.one_or_none()
    if cancelled:
        daily_usage.settle(connection, cancelled)
    if cancelled and turn is not None:
        behind = (
            fair_queue.state_is(jobs, "waiting")
            & (jobs.c.user_id == cancelled.user_id)
            & (jobs.c.turn > turn)
        )
        behind &= jobs.c.relaxed == cancelled.relaxed
        connection.execute(update(jobs).where(behind).values(turn=jobs.c.turn - 1))
    notify(connection)
    return cancelled


def _default(column: Column[Any]) -> Any:
    """Return what a new row has in a column that isn't set."""
    default = column.server_default
    if not isinstance(default, DefaultClause):
        return None
    return json.loads(default.arg) if isinstance(default.arg, str) else False


_DEFAULTS = {column.name: _default(column) for column in jobs.columns}


@cache
def _insert_statement(dialect: str) -> ReturningInsert[*tuple[Any, ...]]:
    """Insert a job, return its id, and notify every process."""
    more = [work_notification()] if dialect == "postgresql" else []
    return insert(jobs).returning(jobs.c.id, *more)


@cache
def _admission_query() -> Select[*tuple[Any, ...]]:
    return fair_queue.admission_query().add_columns(*usage.MEMBER_STATE, HAS_OWN_LIMITS)


def _demand(limits: Limits, request: AdmissionRequest) -> Demand:
    return Demand(
        pictures=request.draft.count,
        units=request.counted * request.weight,
        weight=request.weight,
        cost=expected_cost(limits.models, request.draft),
    )


def _check_queue_limits(limits: Limits, waiting: int, mine: int) -> None:
    if waiting >= limits.queue_size:
        raise RuleBroken("queue-full")
    if mine >= limits.member_waiting:
        raise RuleBroken("too-many-waiting", most=limits.member_waiting)


def _is_relaxed(connection: Connection, request: AdmissionRequest) -> bool:
    guild_id, quota = request.requester.guild_id, request.quota
    if guild_id is None or quota is None:
        return False
    member, count = request.requester.user_id, request.counted
    return usage.exceeds_quota(
        connection,
        quota,
        user_id=member,
        guild_id=guild_id,
        count=count,
        weight=request.weight,
        now=request.now,
    )


def _columns(connection: Connection, request: AdmissionRequest) -> dict[str, object]:
    return {
        **to_columns(request.draft, request.requester, request.reply_to),
        **ancestry_columns(connection, request.draft, request.requester),
        "state": "waiting",
        "created_at": request.now,
        "run_at": request.now if request.reply_to.message_id else request.now + CARD_LEASE,
        "deadline": request.deadline,
        "card_until": request.now + CARD_LEASE,
        "attempts": 0,
        "weight": request.weight,
        "fallbacks": [asdict(each) for each in request.fallbacks] or None,
        "surplus": request.surplus,
        "pictures": [],
        "facts": dict(request.draft.asked),
    }
