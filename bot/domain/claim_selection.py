"""Which waiting jobs may begin, where models are drawn by several services or have limits of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.image_models.comparisons import slots_of
from bot.domain.models import Slots


@dataclass(slots=True, kw_only=True)
class Allowance:
    """What may still begin within one limit, that of a service or of a model.

    ``most`` pictures of a job may be drawn at the same time. None: no limit.
    """

    slots: int
    most: int
    calls: int | None = None
    jobs: int | None = None
    down: bool = False

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more may begin."""
        return self.slots <= 0 or self.jobs == 0 or (self.calls is not None and self.calls <= 0)

    @property
    def is_unreachable(self) -> bool:
        """Whether its service is down, and probed already or not yet due for it."""
        return self.down and self.jobs == 0

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A due comparison that one of its member's turns allows to begin: the service of each missing model."""

    id: int
    models: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a chosen job begins: with how many pictures at the same time, of a comparison in which slots."""

    abreast: int
    slots: Slots = ()


@dataclass(slots=True, kw_only=True)
class Selection:
    """Chooses jobs in their order; ``free`` pictures may be begun by this worker, which draws up to ``most``.

    A job that doesn't fit stops what is limited with it: nobody behind it in its service, or with its model
    where only that one's limit is used up, begins before it. A comparison that doesn't fit into one of its
    services keeps its slots in the others meanwhile, or it would never find all of them free at once. It
    doesn't wait for a service that is down.
    """

    free: int
    most: int
    services: Mapping[str, Allowance]
    models: Mapping[str, Allowance]
    """Those of models with limits of their own."""
    stopped_services: frozenset[str] = frozenset()
    stopped_models: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        # The others are stopped by the first job that doesn't fit, which may be a comparison.
        self.stopped_services |= {name for name, each in self.services.items() if each.jobs == 0}

    @property
    def stopped(self) -> tuple[frozenset[str], frozenset[str]]:
        """The services and the models of which nothing more begins."""
        return self.stopped_services, self.stopped_models

    @property
    def is_over(self) -> bool:
        """Whether nothing more can begin."""
        return self.free <= 0 or all(each.is_used_up for each in self.services.values())

    @property
    def unreachable(self) -> frozenset[str]:
        """The services that comparisons do without."""
        return frozenset(name for name, each in self.services.items() if each.is_unreachable)

    def choose(self, candidates: Iterable[Candidate | Comparison]) -> dict[int, Choice]:
        """Return the jobs that begin, and how."""
        chosen: dict[int, Choice] = {}
        for each in candidates:
            demand = self._demand(each)
            if self._is_stopped(demand):
                continue
            if demand.choice.abreast > self.free:
                self.free = 0
                break
            if self._take(demand):
                chosen[each.id] = demand.choice
                self.free -= demand.choice.abreast
        return chosen

    def _demand(self, each: Candidate | Comparison) -> _Demand:
        if isinstance(each, Candidate):
            service, model = self.services[each.service], self.models.get(each.model)
            abreast = min(each.pictures, service.most, model.most if model else each.pictures)
            share = (abreast, each.pictures)
            limited = {each.model: share} if model else {}
            return _Demand(Choice(abreast=abreast), {each.service: share}, limited)
        return self._demand_of_comparison(each)

    def _demand_of_comparison(self, each: Comparison) -> _Demand:
        models = {
            model: service
            for model, service in each.models.items()
            if not self.services[service].is_unreachable
        }
        widths = {service: self.services[service].most for service in models.values()}
        slots = slots_of(models, widths, self.most)
        calls = Counter(models.values())
        services = {
            name: (sum(name in {models[model] for model in slot} for slot in slots), calls[name])
            for name in calls
        }
        limited = {model: (1, 1) for model in models if model in self.models}
        return _Demand(Choice(abreast=len(slots), slots=slots), services, limited)

    def _is_stopped(self, demand: _Demand) -> bool:
        """Whether a demand is for something stopped, or for nothing that could be drawn now."""
        stopped = demand.services.keys() & self.stopped_services or demand.models.keys() & self.stopped_models
        return bool(stopped) or not demand.services

    def _take(self, demand: _Demand) -> bool:
        """Count a demand if it is admitted; else stop what it doesn't fit into."""
        full = _full(self.services, demand.services)
        # Where only a model's own limit is used up, its service goes on.
        narrow = frozenset[str]() if full else _full(self.models, demand.models)
        self.stopped_services |= full
        self.stopped_models |= narrow
        fits = not full and not narrow
        for name, share in demand.services.items():
            service = self.services[name]
            if fits or (demand.choice.slots and name not in full and not service.down):
                service.take(*share)
        if fits:
            for name, share in demand.models.items():
                self.models[name].take(*share)
        return fits


@dataclass(frozen=True, slots=True)
class _Demand:
    """How a job would begin, and how many slots and calls it takes of each service and limited model."""

    choice: Choice
    services: Mapping[str, tuple[int, int]]
    models: Mapping[str, tuple[int, int]]


def _full(allowances: Mapping[str, Allowance], shares: Mapping[str, tuple[int, int]]) -> frozenset[str]:
    return frozenset(name for name, share in shares.items() if not allowances[name].admits(*share))
