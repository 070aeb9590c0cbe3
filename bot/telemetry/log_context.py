"""Fields that every log line of a task carries: a job, a server, a shard, a worker, a provider."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Literal

Field = Literal["job_id", "guild_id", "shard", "worker", "provider"]
_NOTHING: Mapping[str, str | int] = MappingProxyType({})
_fields: ContextVar[Mapping[str, str | int]] = ContextVar("log_fields", default=_NOTHING)


@contextmanager
def log_fields(**fields: str | int | None) -> Generator[None]:
    """Add fields to the log lines of this block and of the tasks that it creates; None adds nothing."""
    known = {name: value for name, value in fields.items() if value is not None}
    token = _fields.set({**_fields.get(), **known})
    try:
        yield
    finally:
        _fields.reset(token)


def current_fields() -> Mapping[str, str | int]:
    """Return the fields of the running task."""
    return _fields.get()
