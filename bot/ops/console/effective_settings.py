"""The effective settings as the console shows them: without secrets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from typing import Any, cast
from urllib.parse import urlsplit

from bot.config.settings import Secret, Settings
from bot.domain.image_models.catalogue import Catalogue

_HIDDEN = "set, hidden"


def describe_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each setting."""
    for each in fields(settings):
        yield each.name.replace("_", " "), _describe(each.name, getattr(settings, each.name))


def describe_fields(values: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each field of a dataclass."""
    for each in fields(values):
        yield each.name.replace("_", " "), _text(getattr(values, each.name))


def _describe(name: str, value: object) -> str:
    if name in ("database_url", "originals_url"):
        return _address(str(value))
    if name == "relay_auth_command":
        # Its arguments can be secrets.
        return _text(value).partition(",")[0]
    return _text(value)


def _text(value: Any) -> str:
    match value:
        case None:
            return "–"
        case Secret():
            return _HIDDEN
        case bool():
            return "yes" if value else "no"
        case Catalogue():
            return ", ".join(model.id for model in value)
        case str():
            return value or "–"
        case Mapping():
            pairs = cast("Mapping[Any, Any]", value).items()
            return ", ".join(f"{name}: {_text(each)}" for name, each in pairs) or "–"
        case range():
            return f"{value[0]}-{value[-1]}"
        case Collection():
            return ", ".join(_text(each) for each in cast("Collection[Any]", value)) or "–"
        case _:
            return str(value)


def _address(url: str) -> str:
    """Return a URL without its user, password and options."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
