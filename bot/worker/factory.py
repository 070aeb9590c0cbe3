"""Assembles the runner of one worker."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.ports import Clock, Delivery, Relay
from bot.store.queue.jobs import JobStore
from bot.store.queue.services.relay_state import RelayState
from bot.telemetry.recorder import NOT_RECORDED, Recorder
from bot.worker.answers.completion import Completion, OnDelivered
from bot.worker.answers.originals_keeper import OriginalsKeeper
from bot.worker.circuit_breaker import RelayCircuitBreaker
from bot.worker.claim_guard import ClaimGuard
from bot.worker.config import WorkerConfig
from bot.worker.estimates import Estimates
from bot.worker.generation.generator import PictureGenerator
from bot.worker.generation.larger_sizes import LargerSizes, LargestSize
from bot.worker.generation.references import PrepareRequest
from bot.worker.generation.refused_sizes import RefusedSizes
from bot.worker.held_jobs import HeldJobs
from bot.worker.job_claims import JobClaims
from bot.worker.job_tasks import JobTasks
from bot.worker.maintenance import QueueMaintenance
from bot.worker.outcomes import OutcomeRecorder
from bot.worker.pipeline import JobPipeline
from bot.worker.runner import Runner
from bot.worker.spool import JobFolders


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How pictures are drawn: by a relay whose health is known, from requests that were prepared for it."""

    relay: Relay
    health: RelayState
    prepare: PrepareRequest
    """Returns what the relay is asked for."""
    largest: LargestSize
    """Returns the largest size of a server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How outcomes are answered, and where the originals are stored."""

    delivery: Delivery
    originals: OriginalsKeeper
    on_delivered: OnDelivered | None = None
    """Called once per answered job."""


def create_runner(
    jobs: JobStore,
    drawing: Drawing,
    answering: Answering,
    config: WorkerConfig,
    clock: Clock,
    *,
    jitter: Callable[[], float] = random.random,
    recorder: Recorder = NOT_RECORDED,
) -> Runner:
    """Build a runner of jobs; ``jitter`` spreads retries, ``recorder`` is told what happens."""
    delivery, held = answering.delivery, HeldJobs(jobs, config, clock)
    folders, refused = JobFolders(config.spool, jobs, clock), RefusedSizes(clock)
    guard = ClaimGuard(config, folders, clock)
    estimates = Estimates(jobs, delivery, config, clock)
    completion = Completion(
        held, delivery, answering.originals, folders, clock, recorder, answering.on_delivered
    )
    generator = PictureGenerator(
        RelayCircuitBreaker(drawing.relay, drawing.health, jobs.limits.services, clock),
        config.spool,
        jobs.call_meter(config.name, clock),
        refused,
        drawing.prepare,
        estimates.show_drawn,
    )
    outcomes = OutcomeRecorder(held, delivery, guard, LargerSizes(drawing.largest, refused), clock, jitter)
    pipeline = JobPipeline(generator, estimates, outcomes, completion, jobs.limits.services)
    return Runner(
        JobClaims(jobs, guard, completion, config, recorder),
        JobTasks(held, pipeline, guard, folders, clock, min_pause=config.renew_interval),
        QueueMaintenance(jobs, folders, recorder, clock, interval=config.renew_interval),
        estimates,
        config,
        clock,
    )
