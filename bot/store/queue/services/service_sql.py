"""SQL conditions on the services that draw jobs; a column of models has null or "" for the usual one."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, literal_column
from sqlalchemy.types import Text

from bot.domain.image_models.services import Services


def service_of(services: Services, model: ColumnElement[str]) -> ColumnElement[str]:
    """Return the service that draws a model, as an expression."""
    default = _text(services.default)
    others = [
        (model.in_([_text(id_) for id_ in services.models_of([service])]), _text(service))
        for service in services.names
        if service != services.default
    ]
    return case(*others, else_=default) if others else default


def _text(value: str) -> ColumnElement[str]:
    # Literally, as statements are built once for each catalogue; names are the operator's own.
    quoted = value.replace("'", "''")
    return literal_column(f"'{quoted}'", Text)
