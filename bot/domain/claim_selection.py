"""Which waiting jobs may begin, where models are drawn by several services or have limits of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Allowance:
    """What may still begin within one limit, that of a service or of a model.

    ``most`` pictures of a job may be drawn at the same time. None: no limit.
    """

    slots: int
    most: int
    calls: int | None = None
    jobs: int | None = None

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more may begin."""
        return self.slots <= 0 or self.jobs == 0 or (self.calls is not None and self.calls <= 0)

    def admits(self, abreast: int, calls: int) -> bool:
        """Whether a job with so many pictures at the same time and so many calls may begin."""
        enough = self.calls is None or calls <= self.calls
        return abreast <= self.slots and enough and self.jobs != 0

    def take(self, abreast: int, calls: int) -> None:
        """Count a job that begins."""
        self.slots -= abreast
        self.calls = None if self.calls is None else self.calls - calls
        self.jobs = None if self.jobs is None else self.jobs - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A due job of ``pictures`` that one of its member's turns allows to begin."""

    id: int
    service: str
    model: str
    pictures: int


@dataclass(slots=True, kw_only=True)
class Selection:
    """Chooses jobs in their order; ``free`` pictures may be begun by this worker.

    A job that doesn't fit stops what is limited with it: nobody behind it in its service, or with its model
    where only that one's limit is used up, begins before it.
    """

    free: int
    services: Mapping[str, Allowance]
    models: Mapping[str, Allowance]
    """Those of models with limits of their own."""
    stopped_services: frozenset[str] = frozenset()
    stopped_models: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._stop_used_up()

    @property
    def stopped(self) -> tuple[frozenset[str], frozenset[str]]:
        """The services and the models of which nothing more begins."""
        return self.stopped_services, self.stopped_models

    def choose(self, candidates: Iterable[Candidate]) -> dict[int, int]:
        """Return the jobs that begin, with how many of their pictures are drawn at the same time."""
        chosen: dict[int, int] = {}
        for each in candidates:
            if each.service in self.stopped_services or each.model in self.stopped_models:
                continue
            service, model = self.services[each.service], self.models.get(each.model)
            abreast = min(each.pictures, service.most, model.most if model else each.pictures)
            if abreast > self.free:
                self.free = 0
                break
            if not service.admits(abreast, each.pictures):
                self.stopped_services |= {each.service}
            elif model is not None and not model.admits(abreast, each.pictures):
                self.stopped_models |= {each.model}
            else:
                chosen[each.id] = abreast
                self.free -= abreast
                for allowance in (service, model):
                    if allowance is not None:
                        allowance.take(abreast, each.pictures)
        self._stop_used_up()
        return chosen

    def _stop_used_up(self) -> None:
        self.stopped_services |= {name for name, each in self.services.items() if each.is_used_up}
        self.stopped_models |= {name for name, each in self.models.items() if each.is_used_up}
