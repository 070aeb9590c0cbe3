"""What everything in a process is built from."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass, field

from bot.config.settings import Settings
from bot.domain.daily_limits import DailyLimits
from bot.domain.ports import Clock
from bot.store.db.engine import Engine
from bot.store.queue.limits import Limits
from bot.telemetry.recorder import Recorder


def _new_name() -> str:
    return f"{socket.gethostname()[:40]}-{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessContext:
    """A process's settings, database and clock; ``recorder`` is told what happens."""

    settings: Settings
    engine: Engine
    limits: Limits
    """The limits of the queue."""
    clock: Clock
    recorder: Recorder
    name: str = field(default_factory=_new_name)
    """This process's name, which no other has."""


def queue_limits(settings: Settings) -> Limits:
    """Return the limits that settings put on the queue."""
    return Limits(
        member_running=settings.member_running,
        member_waiting=settings.member_waiting,
        queue_size=settings.queue_size,
        daily=DailyLimits(
            member=settings.member_daily,
            server=settings.server_daily,
            total=settings.total_daily,
            member_cost=settings.member_daily_cost,
            server_cost=settings.server_daily_cost,
            total_cost=settings.total_daily_cost,
        ),
        calls_a_minute=settings.relay_calls_a_minute,
        models=settings.catalogue,
    )
