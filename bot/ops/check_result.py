"""The result of one of the doctor's checks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One line of the report; ``remedy`` is empty where nothing needs to be done.

    ``details`` are for the report as JSON, such as a line for each server.
    """

    name: str
    ok: bool
    message: str
    remedy: str = ""
    details: tuple[str, ...] = ()
