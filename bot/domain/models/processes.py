"""The bot's processes, as each reports itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """What a process is and does; ``shards`` says of each whether it is connected, sizes are in bytes."""

    role: str
    version: str
    host: str
    running: int = 0
    """Jobs that it runs or delivers."""
    problem: str | None = None
    shards: Mapping[int, bool] = field(default_factory=dict[int, bool])
    free_bytes: int = 0
    spool_bytes: int = 0
    acknowledged: Sequence[float] = ()
    """How many seconds after they were made the newest interactions were acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process with when it started and when it last reported, in seconds since the epoch."""

    name: str
    started_at: float
    seen_at: float
    state: ProcessState
