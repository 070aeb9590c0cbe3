"""Column values that recover jobs from lost or stopping workers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, literal_column

from bot.domain.errors import BotError
from bot.domain.models import Job
from bot.store.db.tables import jobs

log = logging.getLogger(__name__)

MAX_LOST_WORKERS = 3
"""Consecutive workers that may be lost while running a job before it fails."""
# Literally the condition of an index, or SQLite doesn't use it.
IN_PROGRESS = jobs.c.state.in_([literal_column(f"'{state}'") for state in ("running", "drawn", "failed")])
"""Whether a job is being run, or its outcome is still to be delivered."""

_running = jobs.c.state == "running"
# The job itself may have crashed its workers, and would crash them all.
_exhausted = jobs.c.lost + 1 >= MAX_LOST_WORKERS

RECOVERED: dict[str, Any] = {
    "state": case((_exhausted, "failed"), else_="waiting"),
    "problem": case((_exhausted, BotError.key), else_=jobs.c.problem),
    "lost": jobs.c.lost + 1,
    "worker": None,
    "lease": case((_exhausted, 0.0), else_=None),
}
"""Values for a running job whose worker was lost: waiting again, or failed after ``MAX_LOST_WORKERS``."""
RELEASED: dict[str, Any] = {
    "state": case((_running, "waiting"), else_=jobs.c.state),
    "worker": case((_running, None), else_=jobs.c.worker),
    "lease": case((_running, None), else_=0.0),
}
"""Values for a job of a worker that stops gracefully, which doesn't count as a lost worker."""


def report_recovered(recovered: Sequence[Job]) -> int:
    """Return how many jobs were recovered, and log those that failed by it."""
    for job in recovered:
        if job.state == "failed":
            log.error(
                "job %s: failed, as %d workers in a row were lost while running it", job.id, MAX_LOST_WORKERS
            )
    return len(recovered)
