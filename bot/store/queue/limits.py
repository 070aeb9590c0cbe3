"""Limits of the queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from bot.domain.daily_limits import DailyLimits
from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.image_models.services import Services


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits over all processes on one database; those of members and of the queue count jobs."""

    member_running: int = 2
    member_waiting: int = 25
    queue_size: int = 1000
    daily: DailyLimits = field(default_factory=DailyLimits)
    calls_a_minute: int | None = None
    """Calls of each service begun in any minute, one per picture; at least as many as a job has pictures."""
    models: Catalogue | None = None
    """Tells which service draws a model, what limits it has of its own, and what its calls cost."""

    @cached_property
    def services(self) -> Services:
        """Which service draws each model."""
        return self.models.services if self.models else Services()

    @cached_property
    def limited_models(self) -> tuple[Model, ...]:
        """The models with limits of their own."""
        return tuple(
            model
            for model in self.models or ()
            if model.concurrency is not None or model.calls_a_minute is not None
        )

    @cached_property
    def one_service(self) -> str | None:
        """The only service, where all models share all limits; else None."""
        names = self.services.names
        return names[0] if len(names) == 1 and not self.limited_models else None

    @cached_property
    def has_fallbacks(self) -> bool:
        """Whether a model draws instead of another one while that one's service is down."""
        return any(model.fallback is not None for model in self.models or ())

    @cached_property
    def metered(self) -> bool:
        """Whether calls a minute are limited anywhere."""
        limited = any(model.calls_a_minute is not None for model in self.limited_models)
        return limited or self.calls_a_minute is not None

    def worker_capacity(self, capacity: int, wanted: int | None) -> int:
        """Return how many pictures a worker draws at once, where each service draws ``capacity`` of them."""
        # For all services together, so that one that doesn't answer leaves the others their share.
        most = capacity * len(self.services.names)
        return min(wanted or most, most)

    def model_id(self, model: str | None) -> str:
        """Return the id of the model that draws jobs of ``model``: the usual one for none."""
        return model or (self.models.default.id if self.models else "")
