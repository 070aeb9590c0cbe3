"""What the operator reads about requests, servers, members and costs: never a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.image_models.prices import Spending
from bot.domain.models.jobs import JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQuery:
    """Which requests to list, newest first: before the one with the id ``before``, if it is given."""

    user_id: int | None = None
    guild_id: int | None = None
    state: str | None = None
    problem: str | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """A request without its prompt; times in seconds since the epoch, ``cost`` in millionths."""

    id: int
    kind: str
    state: JobState
    problem: str | None
    user_id: int
    guild_id: int | None
    channel_id: int
    model: str | None
    ratio: str
    size: str
    amount: int
    drawn: int
    attempts: int
    lost: int
    worker: str | None
    created_at: float
    run_at: float
    deadline: float
    lease: float | None
    started_at: float | None
    drawn_at: float | None
    finished_at: float | None
    late_edit_at: float | None
    direct: bool
    cost: int
    currency: str | None
    last_error: str | None = None
    steps: str | None = None
    """Lines with a time, what happened then, and a detail, separated by tabs."""
    facts: Mapping[str, str | int | float] = field(default_factory=dict[str, str | int | float])


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """The requests and delivered pictures of a server, a member or a day, by its ``id``.

    That is None outside of servers, and a UTC day counted from the epoch.
    """

    id: int | None
    requests: int
    pictures: int
    failed: int
    costs: Sequence[Spending] = ()
    members: int = 0
    """Those of a server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """What requests of a UTC day cost with a model in a server, in millionths of ``currency``."""

    day: int
    model: str | None
    guild_id: int | None
    currency: str
    cost: int
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSummary:
    """What requests cost in a currency: by UTC day, and by model and server the highest first."""

    currency: str
    days: Mapping[int, int]
    models: Mapping[str | None, int]
    servers: Mapping[int | None, int]

    @property
    def total(self) -> int:
        """The sum of all days, in millionths of the currency."""
        return sum(self.days.values())
