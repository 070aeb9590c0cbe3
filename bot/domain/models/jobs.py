"""Accepted requests and their outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.models.pictures import Picture, ShownPicture, Size
from bot.domain.models.requests import Draft, ReplyTo, Requester

JobState = Literal["waiting", "running", "drawn", "failed", "done", "cancelled"]


Slots = tuple[tuple[str, ...], ...]
"""For each slot of a comparison, the models that draw in it one after another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An accepted request; times in seconds since the epoch, ``problem`` is an error's key."""

    id: int
    draft: Draft
    requester: Requester
    reply_to: ReplyTo | None
    message_id: int
    state: JobState
    created_at: float
    attempts: int
    deadline: float
    started_at: float | None
    drawn_at: float | None
    pictures: tuple[Picture, ...] = ()
    shown: tuple[ShownPicture, ...] = ()
    """What its card showed before all of its pictures were drawn."""
    kept: tuple[str, ...] = ()
    """Names of the stored originals; empty where none are stored."""
    problem: str | None = None
    facts: Mapping[str, str | int | float] = field(default_factory=dict[str, str | int | float])
    relaxed: bool = False
    """Whether it runs only while no other request is waiting."""
    starred: bool = False
    direct: bool = False
    """Whether its answer was sent as a direct message."""
    abreast: int = 1
    """How many of its pictures may be generated at the same time."""
    unsettled_cost: int = 0
    """How many millionths count towards the day's limits beyond what it cost so far."""
    slots: Slots = ()
    """Of a running comparison over several services: what it may draw now."""
    card_until: float = 0.0
    """Until when a process may edit its card with queue positions, in seconds since the epoch."""
    late_edit_at: float | None = None
    """When an edit of its card was last found to have come after its answer."""
    answered: bool = False
    """Whether its answer was delivered, perhaps to be delivered again."""
    recovered: bool = False
    """Whether it was taken over from a worker that was lost, which may have been editing its card."""
    ephemeral: bool = False
    """Whether its answer is visible to its requester alone."""
    edits: int = 0
    """How many edits lie between its first ancestor and it, itself included."""
    first_link: str | None = None
    """The link of its first ancestor's answer; None where that has none or is in another server."""
    is_copy: bool = False
    """Whether its message and channel are those of a copy of the answer; never stored."""

    @property
    def copy_id(self) -> int | None:
        """The message of the copy of the answer that is meant; None for the answer itself."""
        return self.message_id if self.is_copy else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedJob:
    """A waiting job, the number of jobs ahead of it, and their pictures by size."""

    job: Job
    ahead: int
    pictures: Mapping[Size, int]
    run_at: float
    """The earliest start."""
    down: bool
    """Whether the queue is halted because the relay is down."""
    paused: bool = False
    """Whether the operator paused everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredMessage:
    """The message that holds the answer; ``direct`` if it is a direct message instead of the card."""

    channel_id: int
    message_id: int
    direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """One of ``pages`` pages of finished requests, counted from 0; ``total`` requests in all."""

    jobs: tuple[Job, ...]
    page: int
    pages: int
    total: int
