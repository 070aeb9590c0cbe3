"""When a queued request is expected to start, from its service's state and the jobs before it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

from bot.domain.models import Size

_MIN_DURATION = 0.1
"""Seconds that any picture takes at least, even where clocks disagree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningJob:
    """A job in progress: ``pictures`` in all, ``abreast`` of them at a time, since ``started_at``."""

    user_id: int
    size: Size
    pictures: int
    abreast: int
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RateWindow:
    """At most ``limit`` pictures per ``window`` seconds; ``begun``: (time, count) pairs, oldest first."""

    limit: int
    window: float
    begun: Sequence[tuple[float, int]]

    def start(self, pictures: int, now: float) -> float:
        """Return when the last of ``pictures`` more may start."""
        missing = pictures - (self.limit - sum(count for _, count in self.begun))
        if missing <= 0:
            return now
        for at, count in self.begun:
            missing -= count
            if missing <= 0:
                return at + self.window
        return now + self.window * (1 + math.ceil(missing / self.limit))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSnapshot:
    """The queue of a service at ``now``; ``seconds`` is the usual duration of a picture of each size."""

    now: float
    slots: int
    """Pictures generated at the same time."""
    free_at: float
    """Until when nothing starts, because the relay is busy or down."""
    member_running: int
    seconds: Mapping[Size, float]
    running: Sequence[RunningJob] = ()
    elsewhere: Sequence[RunningJob] = ()
    """Running jobs of other services, which take up their members' limit alone."""
    rate_window: RateWindow | None = None

    def start(self, user_id: int, size: Size, pictures: int, before: Mapping[Size, int]) -> float:
        """Return when a member's request is expected to start; ``before``: pictures ahead of it by size."""
        ahead = sum(before.values())
        usual = self._work(before.items()) / ahead if ahead else self.seconds[size]
        starts = [self.now, self.free_at, self._member_start(user_id)]
        starts.append(self._slot_free_at(ahead + min(pictures, self.slots), usual))
        if self.rate_window is not None:
            starts.append(self.rate_window.start(ahead + pictures, self.now))
        return max(starts)

    def _work(self, pictures: Iterable[tuple[Size, int]]) -> float:
        return sum(self.seconds[size] * count for size, count in pictures)

    def _slot_free_at(self, number: int, usual: float) -> float:
        """Return when the ``number``-th slot becomes free, each being held for the ``usual`` time."""
        taken = sorted(end for job in self.running for end in [self._end(job)] * job.abreast)
        # After the slots were reduced, the first to become free are not used again.
        free = [self.now] * (self.slots - len(taken)) + taken[max(0, len(taken) - self.slots) :]
        return _nth_start(free, number, usual)

    def _member_start(self, user_id: int) -> float:
        running = (*self.running, *self.elsewhere)
        ends = sorted(self._end(job) for job in running if job.user_id == user_id)
        over = len(ends) - self.member_running
        return ends[over] if over >= 0 else self.now

    def _end(self, job: RunningJob) -> float:
        rounds = math.ceil(job.pictures / max(1, job.abreast))
        return max(self.now, job.started_at + rounds * self.seconds[job.size])


def _nth_start(free: Sequence[float], number: int, usual: float) -> float:
    """Return when the ``number``-th job starts if each takes the first free slot for ``usual`` seconds."""
    usual = max(usual, _MIN_DURATION)
    latest = max(free)
    turns = [int((latest - at) // usual) for at in free]
    if number <= sum(turns):
        slots = list(free)
        heapify(slots)
        for _ in range(number - 1):
            heapreplace(slots, slots[0] + usual)
        return slots[0]
    # From here on the slots become free in a fixed cycle, so no simulation is needed.
    in_order = sorted(at + turn * usual for at, turn in zip(free, turns, strict=True))
    rounds, place = divmod(number - sum(turns) - 1, len(free))
    return in_order[place] + rounds * usual
