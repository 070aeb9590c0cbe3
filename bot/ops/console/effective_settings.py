"""The effective settings as the console shows them: without secrets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from typing import Any, cast
from urllib.parse import urlsplit

from bot.config.settings import Secret, Settings
from bot.domain.image_models.catalogue import Catalogue

_HIDDEN = "set, hidden"
_NAMES = {
    "catalogue": "MODELS_FILE",
    "spool_limit": "SPOOL_LIMIT_MB",
    "upload_limit": "UPLOAD_LIMIT_MB",
    "metrics_ports": "METRICS_PORT",
}
"""The names of the settings that aren't those of their fields."""
_MEGABYTES = {"spool_limit": 1_000_000, "upload_limit": 1024 * 1024}


def describe_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the name of each setting, as in .env, and its value; of ``MODELS_FILE`` the models."""
    for each in fields(settings):
        value = getattr(settings, each.name)
        if each.name == "provider_keys":
            yield from ((name, _HIDDEN) for name in value)
        else:
            yield _NAMES.get(each.name, each.name.upper()), _describe(each.name, value)


def describe_fields(values: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each field of a dataclass."""
    for each in fields(values):
        yield each.name.replace("_", " "), _text(getattr(values, each.name))


def _describe(name: str, value: object) -> str:
    if name in ("database_url", "originals_url"):
        return _address(str(value))
    if value is not None and name.endswith("_daily_cost"):
        return f"{cast('int', value) / 1e6:g}"
    if value is not None and name in _MEGABYTES:
        return f"{cast('int', value) / _MEGABYTES[name]:g}"
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
        case float():
            return f"{value:g}"
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
