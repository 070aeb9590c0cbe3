"""Which results a member's history shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HistoryKind = Literal["drawn", "remix", "edit", "upscale"]
"""Drawn from a prompt alone, from another picture, from an earlier result, or at 4K from one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Conditions that all hold for a result; by default for every one."""

    search: str = ""
    """A part of the prompt."""
    starred: bool = False
    kind: HistoryKind | None = None
    style: str | None = None
    """The name of a style, or ``NO_STYLE``."""
