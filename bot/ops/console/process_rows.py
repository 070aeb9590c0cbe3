"""The processes as the console lists them: what each reported, and the leases that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.config.setting_values import format_shard_ids
from bot.domain.models import Activity, WorkerLoad
from bot.domain.models.processes import Process
from bot.services.operator.processes import OVERDUE


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRow:
    """A process; ages in seconds, sizes in bytes."""

    name: str
    role: str
    version: str
    problem: str | None
    jobs: int
    lease: float | None
    shards: str
    closed: int
    free: int
    spool: int
    age: float
    silent: float
    lost: bool


def process_rows(processes: Sequence[Process], activity: Activity, now: float) -> list[ProcessRow]:
    """Return the processes with the jobs that each holds, and workers that hold some without reporting."""
    loads = {load.name: load for load in activity.workers}
    rows = [_row(each, loads.pop(each.name, None), now) for each in processes]
    return rows + [_unknown(load, now) for load in loads.values()]


def _row(process: Process, load: WorkerLoad | None, now: float) -> ProcessRow:
    state, silent = process.state, max(0.0, now - process.seen_at)
    return ProcessRow(
        name=process.name,
        role=f"{state.role} on {state.host}",
        version=state.version,
        problem=state.problem,
        jobs=load.jobs if load else 0,
        lease=_lease(load, now),
        shards=format_shard_ids(sorted(state.shards)) if state.shards else "",
        closed=sum(not connected for connected in state.shards.values()),
        free=state.free_bytes,
        spool=state.spool_bytes,
        age=max(0.0, now - process.started_at),
        silent=silent,
        lost=silent > OVERDUE,
    )


def _unknown(load: WorkerLoad, now: float) -> ProcessRow:
    return ProcessRow(
        name=load.name,
        role="worker that reports nothing",
        version="–",
        problem="unknown",
        jobs=load.jobs,
        lease=_lease(load, now),
        shards="",
        closed=0,
        free=0,
        spool=0,
        age=0.0,
        silent=0.0,
        lost=False,
    )


def _lease(load: WorkerLoad | None, now: float) -> float | None:
    return None if load is None or load.lease_until is None else max(0.0, load.lease_until - now)
