"""SQL conditions on comparisons, by the models that they compare."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BindParameter, ColumnElement, String, bindparam, func, or_

from bot.domain.image_models.comparisons import MOST_COMPARED
from bot.store.db.tables import Jobs


def is_comparison(table: Jobs) -> ColumnElement[bool]:
    """Whether a job is a comparison."""
    return func.json_array_length(table.c.compared) > 0


def may_begin(table: Jobs) -> ColumnElement[bool]:
    """Whether a comparison needs nothing of the models ``blocked``, and something besides ``unreachable``."""
    models = _models(table)
    needs_blocked = or_(*(model.in_(_named("blocked")) for model in models))
    is_drawable = or_(*((model != "") & model.not_in(_named("unreachable")) for model in models))
    return is_comparison(table) & ~needs_blocked & is_drawable


def _models(table: Jobs) -> Sequence[ColumnElement[str]]:
    """Return the models of a comparison, "" for those that it doesn't have."""
    paths = ((number, "model") for number in range(MOST_COMPARED))
    return [func.coalesce(table.c.compared[path].as_string(), "") for path in paths]


def _named(name: str) -> BindParameter[Sequence[str]]:
    return bindparam(name, type_=String, expanding=True)
