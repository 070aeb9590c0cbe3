"""Which pictures a job's card shows while others are still drawn, also after its cancellation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from bot.domain.models import Job, ShownPicture
from bot.store.db.tables import jobs

Json = list[dict[str, Any]]


def record(connection: Connection, job: Job, shown: Sequence[ShownPicture]) -> None:
    """Record what the card shows, unless the job was begun anew or is done."""
    this_run = (jobs.c.id == job.id) & jobs.c.started_at.is_not_distinct_from(job.started_at)
    open_ = this_run & (jobs.c.state != "done")
    row = connection.execute(select(jobs).where(open_).with_for_update()).one_or_none()
    if row is None:
        return
    values: dict[str, Any] = {"shown": to_json(shown)}
    if row.state == "cancelled":
        before = len(row.pictures)
        values["pictures"] = as_files(job.id, values["shown"])
        values["drawn_at"] = row.finished_at if shown else None
        values["charged"] = max(0, row.charged - len(shown) + before)
    connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))


def as_files(job_id: int, shown: Sequence[Mapping[str, Any]]) -> Json:
    """Return stored pictures of a card as those of a cancelled job, whose files are gone."""
    return [
        {"file": f"{job_id}/{each['name']}", **{key: each[key] for key in ("format", "width", "height")}}
        for each in shown
    ]


def to_json(shown: Sequence[ShownPicture]) -> Json:
    """Return shown pictures as JSON."""
    return [
        {
            "number": each.number,
            "attachment": each.attachment_id,
            "name": each.name,
            "format": each.format,
            "width": each.width,
            "height": each.height,
            "reencoded": each.reencoded,
        }
        for each in shown
    ]


def from_json(rows: Sequence[Mapping[str, Any]]) -> tuple[ShownPicture, ...]:
    """Return the shown pictures of stored JSON."""
    return tuple(
        ShownPicture(
            number=row["number"],
            attachment_id=row["attachment"],
            name=row["name"],
            format=row["format"],
            width=row["width"],
            height=row["height"],
            reencoded=row["reencoded"],
        )
        for row in rows
    )
