"""How far an accepted request is."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.models.pictures import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePosition:
    """Position of a waiting job: ``ahead`` jobs before it, and its start in seconds since the epoch.

    While the relay is ``down`` or the operator ``paused`` everything, the start is unknown.
    """

    ahead: int
    starts_at: float
    down: bool = False
    paused: bool = False
    notice: str = ""
    """What the operator says about the pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The job is queued."""

    position: QueuePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Generating:
    """The job is running and expected to finish at ``ready_at``, in seconds since the epoch."""

    ready_at: float
    pictures: tuple[Picture, ...] = ()
    """Those of several that are drawn already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled:
    """The job failed temporarily and runs again at ``run_at``; ``problem`` is an error's key."""

    problem: str
    run_at: float


Progress = Waiting | Generating | RetryScheduled
