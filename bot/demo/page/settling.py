"""Speed up SimCord's detection of an idle bot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast
from weakref import WeakKeyDictionary

from simcord import _runtime, _settlement, components, gateway
from simcord import env as simcord_env
from simcord.http import router

POLL_SECONDS = 0.02
"""Polling interval; SimCord's default of 0.05 s is most of an action's duration."""

_TIMED_WAITS = frozenset({"discord.ext.tasks loop interval", "discord View/Modal expiry timer"})
"""SimCord's names for waits that last until a timer of the simulated clock ends them."""


def settle_quickly(env: Any) -> None:
    """End every action on a simulated Discord within milliseconds of the bot becoming idle.

    Call it before the simulation starts.
    """
    schedule, settle = env._schedule_timer, env._settle_internal
    timers: list[Any] = []

    def schedule_and_record(record: Any, *arguments: Any) -> None:
        schedule(record, *arguments)
        timers.append(record)

    async def cancel_timers_and_settle(*, timeout: float | None = None, **options: Any) -> None:  # noqa: ASYNC109
        timers[:] = [record for record in timers if _is_pending(record)]
        # SimCord gives a start 5 s, which a busy machine exceeds.
        longest = None if timeout is None else max(timeout, env.settle_timeout)
        await settle(**{"idle": POLL_SECONDS, "timeout": longest, **options})

    env._schedule_timer, env._settle_internal = schedule_and_record, cancel_timers_and_settle
    _TimedWaits().install()
    _compare_callbacks_by_identity()
    _copy_payloads_quickly()


def _compare_callbacks_by_identity() -> None:
    """Let SimCord find a callback that has run, among those that wait, without comparing their fields."""
    patched: Any = _runtime
    patched._CallbackRecord.__eq__ = object.__eq__


def _copy_payloads_quickly() -> None:
    """Copy payloads as the JSON that they are; ``copy.deepcopy`` takes a tenth of an edit's time."""
    patched: Any = components
    patched.deepcopy = _copied
    for module in (gateway, router):
        patched = module
        patched.copy = SimpleNamespace(deepcopy=_copied)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        entries = cast("dict[Any, Any]", value)
        return {key: _copied(each) for key, each in entries.items()}
    if isinstance(value, list):
        return [_copied(each) for each in cast("list[Any]", value)]
    return value


class _TimedWaits:
    """Remembers the tasks that wait for the simulated clock, as the bot's loops do nearly always.

    SimCord looks for every task's timer at each step of every action, which is most of the action's cost.
    """

    def __init__(self) -> None:
        self._waits: WeakKeyDictionary[asyncio.Task[Any], asyncio.Future[Any]] = WeakKeyDictionary()

    def install(self) -> None:
        """Replace SimCord's functions."""
        patched: Any = simcord_env
        patched._is_parked = self._is_parked
        patched._virtualize_recognized_waits = self._virtualize

    def _is_parked(self, state: Any, task: asyncio.Task[Any], deadline: float) -> bool:
        if self._still_waits(task):
            return True
        reason = _settlement._park_reason(state, task, deadline)  # pyright: ignore[reportPrivateUsage]
        if reason in _TIMED_WAITS:
            self._waits[task] = _awaited(task)
        return reason is not None

    def _virtualize(self, state: Any, pending: Iterable[asyncio.Task[Any]]) -> None:
        others = [task for task in pending if not self._still_waits(task)]
        _settlement._virtualize_recognized_waits(state, others)  # pyright: ignore[reportPrivateUsage]

    def _still_waits(self, task: asyncio.Task[Any]) -> bool:
        awaited = self._waits.get(task)
        return awaited is not None and awaited is _awaited(task) and not awaited.done()


def _awaited(task: Any) -> Any:
    return task._fut_waiter


def _is_pending(record: Any) -> bool:
    """Cancel a timer of the event loop whose simulated timer was cancelled.

    SimCord leaves it there until it is due, and looks through all of them again and again.
    """
    real = record.real_handle
    if real is None or real.cancelled():
        return False
    if record.handle is not None and record.handle.cancelled():
        real.cancel()
        return False
    return True
