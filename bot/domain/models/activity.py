"""What was done lately, and by which workers."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLoad:
    """The jobs that a worker holds, and when the first of their leases ends; None where one has no lease."""

    name: str
    jobs: int
    lease_until: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """How long a step takes: half of the newest jobs, and all but a twentieth; in seconds."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self | None:
        """Return those of durations; None for fewer than two."""
        if len(seconds) < 2:
            return None
        steps = statistics.quantiles(seconds, n=20, method="inclusive")
        return cls(p50=steps[9], p95=steps[18])


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Workers with jobs, and the requests of the last hour.

    ``outcomes`` counts those by state or, of answered ones without pictures, by problem. ``steps`` has the
    durations of ``accept``, ``wait``, ``draw`` and ``deliver``, where there are any.
    """

    workers: tuple[WorkerLoad, ...]
    outcomes: Mapping[str, int]
    pictures: int
    pictures_a_minute: float
    """The pictures that were answered in the last ten minutes."""
    steps: Mapping[str, Percentiles]
