"""Assembles the runner of one worker."""

from __future__ import annotations

import random
from collections.abc import Callable

from bot.domain.ports import Clock, Delivery, Relay
from bot.store.queue.jobs import JobStore
from bot.store.queue.services.relay_state import RelayState
from bot.telemetry.recorder import NOT_RECORDED, Recorder
from bot.worker.circuit_breaker import RelayCircuitBreaker
from bot.worker.claim_guard import ClaimGuard
from bot.worker.completion import Completion, OnDelivered
from bot.worker.config import WorkerConfig
from bot.worker.estimates import Estimates
from bot.worker.generation.generator import PictureGenerator
from bot.worker.generation.references import PrepareRequest
from bot.worker.generation.refused_sizes import RefusedSizes
from bot.worker.originals_keeper import OriginalsKeeper
from bot.worker.outcomes import LargestSize, OutcomeRecorder
from bot.worker.runner import Runner
from bot.worker.spool import AnsweredFolders


def create_runner(
    jobs: JobStore,
    relay: Relay,
    relay_state: RelayState,
    delivery: Delivery,
    originals: OriginalsKeeper,
    config: WorkerConfig,
    clock: Clock,
    *,
    prepare: PrepareRequest,
    largest: LargestSize,
    on_delivered: OnDelivered | None = None,
    jitter: Callable[[], float] = random.random,
    recorder: Recorder = NOT_RECORDED,
) -> Runner:
    """Build a runner that generates with ``relay`` and answers by ``delivery``.

    ``prepare`` returns what the relay is asked for, ``largest`` the largest size of a server.
    """
    refused = RefusedSizes(clock)
    answered = AnsweredFolders(clock)
    estimates = Estimates(jobs, delivery, config, clock)
    claim_guard = ClaimGuard(config, answered, clock)
    return Runner(
        jobs,
        PictureGenerator(
            RelayCircuitBreaker(relay, relay_state, jobs.limits.services, clock),
            config.spool,
            jobs.call_meter(config.name, clock),
            refused,
            prepare,
            estimates.show_drawn,
        ),
        estimates,
        OutcomeRecorder(jobs, delivery, claim_guard, config, clock, largest, refused, jitter),
        Completion(jobs, delivery, originals, config, answered, clock, recorder, on_delivered),
        claim_guard,
        config,
        answered,
        clock,
        recorder,
    )
