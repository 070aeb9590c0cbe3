"""Ends short sleeps of a simulated bot once it does nothing else, which SimCord waits for in real time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from simcord import _settlement

_POLL = 0.02
"""Seconds between two looks at what the bot does."""


@asynccontextmanager
async def skipped_sleeps(env: Any) -> AsyncGenerator[None]:
    """Move the simulated clock to the end of each sleep that is all that goes on meanwhile."""
    skipping = asyncio.create_task(_skip_sleeps(env))
    try:
        yield
    finally:
        skipping.cancel()
        await asyncio.wait({skipping})


async def _skip_sleeps(env: Any) -> None:
    before = list[Any]()
    while True:
        await asyncio.sleep(_POLL)
        sleeps = _only_sleeps(env)
        # What has just begun may be about to do something else.
        if sleeps and sleeps == before:
            _end(env, min(sleeps, key=lambda record: record.when))
        before = sleeps


def _only_sleeps(env: Any) -> list[Any]:
    """Return the timers that the bot sleeps for, none if it does anything else."""
    state, now = env._settlement_state(), env._loop.time()
    if env._work.executors:
        return []
    sleeping: list[Any] = [
        task for task in env._work.tasks if _is_busy(state, task, now + env.settle_timeout)
    ]
    timers = {id(task._fut_waiter): record for task in sleeping for record in _timers_of(state, task)}
    return list(timers.values()) if len(timers) == len(sleeping) else []


def _is_busy(state: Any, task: Any, deadline: float) -> bool:
    return not task.done() and not _settlement._is_parked(state, task, deadline)  # pyright: ignore[reportPrivateUsage]


def _timers_of(state: Any, task: Any) -> list[Any]:
    waiter = task._fut_waiter
    if waiter is None or waiter.done():
        return []
    timers: list[Any] = [record for record in state.work.callbacks if record.when is not None]
    return [record for record in timers if any(argument is waiter for argument in record.handle._args or ())]


def _end(env: Any, record: Any) -> None:
    """Do now what SimCord does when a timer's time has passed: move the clock to it."""
    real = record.real_handle
    if real is not None and not real.cancelled():
        callback, context = real._callback, real._context
        real.cancel()  # forgets its callback
        env._runtime.call_soon(callback, context=context)
