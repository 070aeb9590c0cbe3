"""How long pictures usually take: by model and size where enough were drawn, else by size."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, String, bindparam, func, select, union_all

from bot.domain.models import Size
from bot.store.db.tables import jobs
from bot.store.queue.limits import Limits
from bot.store.queue.services.comparison_sql import is_comparison

_RECENT = 30
_SEARCHED = 300
"""The latest jobs of a size, among which those of a model are looked for."""
_ENOUGH = 5
"""Jobs of a model that tell how long its pictures take."""
_PRESET_SECONDS: dict[Size, float] = {"1K": 12.0, "2K": 20.0, "4K": 35.0}


def typical_durations(connection: Connection) -> dict[Size, float]:
    """Return the median seconds of the latest pictures of each size; a preset where there are none."""
    rows = connection.execute(_LATEST_DRAWN).all()
    return {
        size: statistics.median(_seconds(row for row in rows if row.size == size) or [preset])
        for size, preset in _PRESET_SECONDS.items()
    }


def typical_duration(connection: Connection, limits: Limits, model: str | None, size: Size) -> float:
    """Return the median seconds of a model's latest pictures of a size; of any model's where it has few."""
    id_ = limits.model_id(model)
    # Jobs that name no model are the usual one's.
    models = [id_, ""] if id_ == limits.model_id(None) else [id_]
    found = _seconds(connection.execute(_LATEST_OF_MODEL, {"models": models, "size": size}))
    return statistics.median(found) if len(found) >= _ENOUGH else typical_durations(connection)[size]


def _seconds(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[float]:
    # A job's pictures beyond its concurrency are generated in further rounds.
    return [row.seconds / -(-row.amount // max(row.abreast, 1)) for row in rows]


def _drawn() -> Select[*tuple[Any, ...]]:
    seconds = (jobs.c.drawn_at - jobs.c.started_at).label("seconds")
    columns = jobs.c.size, jobs.c.amount, jobs.c.abreast, jobs.c.model, jobs.c.compared
    drawn = select(*columns, seconds).where(jobs.c.drawn_at.is_not(None), jobs.c.state != "cancelled")
    return drawn.order_by(jobs.c.id.desc())


def _latest_drawn(size: Size) -> Select[*tuple[Any, ...]]:
    # A subquery, as SQLite allows no limit in a part of a union.
    found = _drawn().where(jobs.c.size == size).limit(_RECENT).subquery()
    return select(found.c.size, found.c.amount, found.c.abreast, found.c.seconds)


def _latest_of_model() -> Select[*tuple[Any, ...]]:
    found = _drawn().where(jobs.c.size == bindparam("size")).limit(_SEARCHED).subquery()
    named = func.coalesce(found.c.model, "").in_(bindparam("models", type_=String, expanding=True))
    return select(found).where(named, ~is_comparison(found)).limit(_RECENT)


_LATEST_DRAWN = union_all(*(_latest_drawn(size) for size in _PRESET_SECONDS))
_LATEST_OF_MODEL = _latest_of_model()
