"""When a request in line is expected to start, from what is known of the relay and of those before it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

from bot.domain.models import Size

_MOMENT = 0.1
"""Seconds that any picture takes, whatever clocks that disagree may say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A request that is being drawn: its ``pictures``, so many ``abreast``, since ``started_at``."""

    user_id: int
    size: Size
    pictures: int
    abreast: int
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """At most ``most`` pictures begin in ``window`` seconds; ``begun``: when, and how many, oldest first."""

    most: int
    window: float
    begun: Sequence[tuple[float, int]]

    def start(self, pictures: int, now: float) -> float:
        """Return when the last of so many more pictures may begin."""
        missing = pictures - (self.most - sum(count for _, count in self.begun))
        if missing <= 0:
            return now
        for at, count in self.begun:
            missing -= count
            if missing <= 0:
                return at + self.window
        return now + self.window * (1 + math.ceil(missing / self.most))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is known of the line at ``now``; ``seconds`` are what a picture of each size usually takes."""

    now: float
    places: int
    """Pictures drawn at once."""
    free_at: float
    """Until when nothing begins, because the relay asked for patience or is down."""
    member_running: int
    seconds: Mapping[Size, float]
    running: Sequence[Running] = ()
    meter: Meter | None = None

    def start(self, user_id: int, size: Size, pictures: int, before: Mapping[Size, int]) -> float:
        """Return when a member's request is expected to start that has so many pictures before it."""
        ahead = sum(before.values())
        usual = self._work(before.items()) / ahead if ahead else self.seconds[size]
        starts = [self.now, self.free_at, self._member_start(user_id)]
        starts.append(self._place(ahead + min(pictures, self.places), usual))
        if self.meter is not None:
            starts.append(self.meter.start(ahead + pictures, self.now))
        return max(starts)

    def _work(self, pictures: Iterable[tuple[Size, int]]) -> float:
        return sum(self.seconds[size] * count for size, count in pictures)

    def _place(self, number: int, usual: float) -> float:
        """Return when the so-manieth place gets free, each being taken for the ``usual`` time."""
        taken = sorted(end for job in self.running for end in [self._end(job)] * job.abreast)
        # Where fewer are drawn at once than before, the first that get free don't count.
        free = [self.now] * (self.places - len(taken)) + taken[max(0, len(taken) - self.places) :]
        return _turn(free, number, usual)

    def _member_start(self, user_id: int) -> float:
        ends = sorted(self._end(job) for job in self.running if job.user_id == user_id)
        over = len(ends) - self.member_running
        return ends[over] if over >= 0 else self.now

    def _end(self, job: Running) -> float:
        rounds = math.ceil(job.pictures / max(1, job.abreast))
        return max(self.now, job.started_at + rounds * self.seconds[job.size])


def _turn(free: Sequence[float], number: int, usual: float) -> float:
    """Return when the so-manieth begins of those who take the first free place each, for the same time."""
    usual = max(usual, _MOMENT)
    latest = max(free)
    turns = [int((latest - at) // usual) for at in free]
    if number <= sum(turns):
        places = list(free)
        heapify(places)
        for _ in range(number - 1):
            heapreplace(places, places[0] + usual)
        return places[0]
    # From here on they come round in the same order, however many there are.
    in_order = sorted(at + turn * usual for at, turn in zip(free, turns, strict=True))
    rounds, place = divmod(number - sum(turns) - 1, len(free))
    return in_order[place] + rounds * usual
