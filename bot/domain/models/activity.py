"""What was done lately, and by which workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
