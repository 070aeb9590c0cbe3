"""Who gets into the line, and where, and who leaves it: decided in the one transaction that accepts.

One transaction at a time accepts, over all processes, so what is read here holds until it is done: of fifty
that come at once, exactly as many get in as may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, Quota, ReplyTo, Requester
from bot.store import usage
from bot.store.db import postgres
from bot.store.db.tables import jobs
from bot.store.queue import fair_queue
from bot.store.queue.job_rows import to_columns
from bot.store.queue.limits import Limits

CARD_HOLD = 5.0
"""Seconds for which whoever accepts a request may edit its card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A request that asks to be let in, at a moment and within a quota; it is begun before its deadline."""

    draft: Draft
    requester: Requester
    reply_to: ReplyTo
    now: float
    deadline: float
    quota: Quota | None = None


async def take_in(connection: AsyncConnection, limits: Limits, entry: Entry) -> Row[Any] | None:
    """Let a request into the line; None when this interaction was let in before. Raises ``RuleBroken``."""
    await postgres.take_turn(connection, "accept")
    requester = entry.requester
    question = {"member": requester.user_id, "interaction": entry.reply_to.interaction_id}
    line = (await connection.execute(fair_queue.entry(), question)).one()
    if line.known:
        return None
    _check_room(limits, line.waiting, line.mine)
    await usage.check_member(connection, requester.user_id, requester.guild_id, entry.now)
    relaxed = await _is_relaxed(connection, entry)
    row = {**_columns(entry), "relaxed": relaxed, "turn": line.relaxed_turn if relaxed else line.turn}
    result = await connection.execute(insert(jobs).values(row).returning(*jobs.c))
    await postgres.announce(connection)
    return result.one()


async def drop(connection: AsyncConnection, job_id: int, now: float) -> Row[Any] | None:
    """Cancel a waiting or running job; None when it is past that."""
    await postgres.take_turn(connection, "accept")
    open_ = (jobs.c.id == job_id) & jobs.c.state.in_(("waiting", "running"))
    turn = await connection.scalar(select(jobs.c.turn).where(open_, jobs.c.attempts == 0))
    over: dict[str, Any] = {"state": "cancelled", "finished_at": now, "token": None, "worker": None}
    # A turn that wasn't used is given back: those behind it move up.
    over |= {"lease": None, "turn": case((jobs.c.attempts == 0, 0), else_=jobs.c.turn)}
    result = await connection.execute(update(jobs).where(open_).values(**over).returning(*jobs.c))
    dropped = result.one_or_none()
    if dropped and turn is not None:
        behind = (
            fair_queue.state_is(jobs, "waiting") & (jobs.c.user_id == dropped.user_id) & (jobs.c.turn > turn)
        )
        behind &= jobs.c.relaxed == dropped.relaxed
        await connection.execute(update(jobs).where(behind).values(turn=jobs.c.turn - 1))
    await postgres.announce(connection)
    return dropped


def _check_room(limits: Limits, waiting: int, mine: int) -> None:
    if waiting >= limits.queue_size:
        raise RuleBroken("queue-full")
    if mine >= limits.member_waiting:
        raise RuleBroken("too-many-waiting", most=limits.member_waiting)


async def _is_relaxed(connection: AsyncConnection, entry: Entry) -> bool:
    guild_id, quota = entry.requester.guild_id, entry.quota
    if guild_id is None or quota is None:
        return False
    member, count = entry.requester.user_id, entry.draft.count
    return await usage.is_past_quota(
        connection, quota, user_id=member, guild_id=guild_id, count=count, now=entry.now
    )


def _columns(entry: Entry) -> dict[str, object]:
    return {
        **to_columns(entry.draft, entry.requester, entry.reply_to),
        "state": "waiting",
        "created_at": entry.now,
        "run_at": entry.now if entry.reply_to.message_id else entry.now + CARD_HOLD,
        "deadline": entry.deadline,
        "card_until": entry.now + CARD_HOLD,
        "attempts": 0,
        "pictures": [],
        "facts": {},
    }
