"""What becomes of jobs whose worker is gone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, literal_column

from bot.domain.errors import BotError
from bot.domain.models import Job
from bot.store.db.tables import jobs

log = logging.getLogger(__name__)

MOST_LOST = 3
"""Workers that may be lost while they draw the same job, one after the other."""
# Word for word the condition of an index, without which SQLite doesn't use it.
HELD = jobs.c.state.in_([literal_column(f"'{state}'") for state in ("running", "drawn", "failed")])
"""Whether it is worked on, or its asker is still to be told."""

_running = jobs.c.state == "running"
# It may well be what they were lost by, and would take along one after the other for ever.
_hopeless = jobs.c.lost + 1 >= MOST_LOST

TAKEN_OVER: dict[str, Any] = {
    "state": case((_hopeless, "failed"), else_="waiting"),
    "problem": case((_hopeless, BotError.key), else_=jobs.c.problem),
    "lost": jobs.c.lost + 1,
    "worker": None,
    "lease": case((_hopeless, 0.0), else_=None),
}
"""A running job whose worker is lost: back in line, or an apology where it isn't the first one."""
GIVEN_BACK: dict[str, Any] = {
    "state": case((_running, "waiting"), else_=jobs.c.state),
    "worker": case((_running, None), else_=jobs.c.worker),
    "lease": case((_running, None), else_=0.0),
}
"""A job of a worker that ends in good order, which doesn't count as losing it."""


def counted(taken: Sequence[Job]) -> int:
    """Return how many jobs were taken over, and tell the operator of those that end by that."""
    for job in taken:
        if job.state == "failed":
            log.error("job %s: given up: %d workers in a row were lost while they drew it", job.id, MOST_LOST)
    return len(taken)
