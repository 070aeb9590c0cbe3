"""The version of this installation."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """Return the installed version, or ``unknown`` where the package isn't installed."""
    try:
        return metadata.version("jimeng-discord")
    except metadata.PackageNotFoundError:
        return "unknown"
