"""The pause of everything: requests are accepted and wait, and nothing is drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalPause:
    """A pause since ``at``, in seconds since the epoch; cards show its ``notice``, if there is one."""

    at: float
    notice: str = ""
