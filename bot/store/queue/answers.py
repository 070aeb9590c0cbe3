"""Answers of jobs: recorded once they were delivered, and reopened if a late edit covered them.

An edit of a card can't be taken back: that of a process which was suspended may arrive after another process
delivered the answer into the same message. The process that notices it reopens the job, so that the answer is
delivered there again. If it happens during the delivery, recording the answer is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import JSON, Boolean, Connection, Float, bindparam, null, select, update

from bot.domain.models import DeliveredMessage, Job, JobState
from bot.domain.requests.cancellation import Cancellation
from bot.store import daily_usage
from bot.store.db import postgres
from bot.store.db.notifications import notify
from bot.store.db.tables import jobs
from bot.store.queue.job_rows import to_job
from bot.store.styles import set_style_preview

_FINISH = (
    update(jobs)
    .where(
        jobs.c.id == bindparam("this_job"),
        jobs.c.worker == bindparam("me"),
        jobs.c.late_edit_at.is_not_distinct_from(bindparam("late_edit", type_=Float)),
    )
    .values(
        state="done",
        finished_at=bindparam("now"),
        token=null(),
        results=null(),
        worker=null(),
        lease=null(),
        channel_id=bindparam("answer_channel"),
        message_id=bindparam("answer_message"),
        direct=bindparam("directly", type_=Boolean),
        kept=bindparam("originals", type_=JSON),
    )
    .returning(*jobs.c)
)
"""Built once: building it takes longer than running it."""


def finish(
    connection: Connection,
    spool: Path,
    job: Job,
    worker: str,
    delivered: DeliveredMessage,
    *,
    now: float,
    kept: Sequence[str],
) -> bool:
    """Record where a worker's outcome was delivered, and wipe the token.

    Returns False if another worker has the job, or if the answer must be delivered again.
    """
    if len(job.pictures) < job.draft.count or job.unsettled_cost:
        # Before the job's row, as cancellations do, or the two could wait for each other.
        postgres.acquire_lock(connection, "accept")
    parameters = {
        "this_job": job.id,
        "me": worker,
        "late_edit": job.late_edit_at,
        "now": now,
        "answer_channel": delivered.channel_id,
        "answer_message": delivered.message_id,
        "directly": delivered.direct,
        "originals": list(kept or job.kept),
    }
    done = connection.execute(_FINISH, parameters).one_or_none()
    if done is None:
        return False
    if job.answered:
        daily_usage.settle_cost(connection, done)
    else:
        daily_usage.settle(connection, done)
    if done.style is not None:
        set_style_preview(connection, to_job(done, spool))
    return True


def add_originals(connection: Connection, job_id: int, names: Sequence[str]) -> bool:
    """Record the names of originals that were stored after the answer; False if that was deleted."""
    locked = select(jobs.c.facts).where(jobs.c.id == job_id, jobs.c.state == "done").with_for_update()
    row = connection.execute(locked).one_or_none()
    if row is None or Cancellation.stored_in(row.facts):
        return False
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(kept=list(names)))
    return True


def reopen(connection: Connection, job: Job, *, now: float) -> JobState | None:
    """Have a job's outcome delivered into its card (again), as an edit may have covered it.

    ``job`` has the token that finished jobs have lost. Returns the state in which the job was found.
    """
    locked = select(jobs).where(jobs.c.id == job.id).with_for_update()
    row = connection.execute(locked).one_or_none()
    if row is None:
        return None
    values: dict[str, object] = {"late_edit_at": now}
    if row.state == "done" and row.message_id == job.message_id:
        values["state"] = "drawn" if row.pictures else "failed"
        values["token"] = job.reply_to.token if job.reply_to else None
        values["lease"] = 0.0
    elif row.state not in ("drawn", "failed"):
        return row.state
    connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))
    notify(connection)
    return row.state
