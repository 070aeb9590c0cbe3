"""What the store keeps of a comparison, whose pictures each count as their model does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, select, update

from bot.domain.errors import RelayDown
from bot.domain.image_models.comparisons import surplus
from bot.domain.models import Job, Picture
from bot.domain.requests.picture_numbers import number_in
from bot.store.db.tables import jobs
from bot.store.queue import shown_pictures
from bot.store.queue.fair_queue import state_is
from bot.store.queue.job_rows import compared_in
from bot.store.queue.limits import Limits
from bot.store.queue.services.comparison_sql import is_comparison


def drawn_values(job: Job, pictures: Sequence[Picture]) -> dict[str, Any]:
    """Return what is stored of a comparison once it is drawn; nothing of other jobs."""
    if not job.draft.compared:
        return {}
    numbers = {number for picture in pictures if (number := number_in(picture.path)) is not None}
    return {"facts": dict(job.facts), "surplus": surplus(job.draft.compared, numbers)}


def fail_overdue_comparisons(
    connection: Connection, limits: Limits, down: Collection[str], *, now: float
) -> None:
    """Fail comparisons whose deadline passed while all of their services are ``down``."""
    over = state_is(jobs, "waiting") & (jobs.c.deadline <= now) & is_comparison(jobs)
    rows = connection.execute(select(jobs.c.id, jobs.c.compared).where(over)).all()
    ids = [row.id for row in rows if all(limits.services.of(one.model) in down for one in compared_in(row))]
    if ids:
        values = {"state": "failed", "problem": RelayDown.key, "worker": None, "lease": 0.0}
        connection.execute(update(jobs).where(jobs.c.id.in_(ids)).values(**values))


def cancelled_surplus(
    connection: Connection, job_id: int, shown: shown_pictures.Json, *, charge: bool
) -> int | ColumnElement[int]:
    """Return what the shown or charged pictures of a cancelled job count as beyond their weight."""
    row = connection.execute(select(jobs.c.compared).where(jobs.c.id == job_id)).one_or_none()
    left = surplus(compared_in(row), {each["number"] for each in shown}) if row else 0
    return case((jobs.c.state == "running", jobs.c.surplus), else_=left) if charge else left
