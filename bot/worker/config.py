"""What the parts of one worker have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_LEASE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """The identity and limits of one worker; every worker needs its own ``name``."""

    name: str
    spool: Path
    """The folder that holds one folder of pictures per job."""
    capacity: int
    """Pictures that all workers together generate at once."""
    worker_capacity: int | None = None
    """Pictures that this worker generates at once; None for as many as there is capacity."""
    lease: float = DEFAULT_LEASE
    """Seconds for which the worker owns a job before it must renew the lease."""
    spool_limit: int | None = None
    """Bytes of pictures on disk from which no more jobs are claimed; None for no limit."""
    keep_originals: bool = False
    """Whether to store the originals of every job, not only of unreachable requesters."""

    @property
    def renew_interval(self) -> float:
        """Seconds between two renewals of a lease."""
        return self.lease / 6
