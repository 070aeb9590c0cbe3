"""Chooses the size at which a request is tried that its model refuses at a smaller one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.image_models.size_steps import next_size
from bot.domain.models import Job, Size
from bot.worker.generation.refused_sizes import RefusedSizes

LargestSize = Callable[[int | None], Awaitable[Size]]
"""Returns the largest size that a server allows; outside of servers there is no limit."""


class LargerSizes:
    """Steps sizes up to the ``largest`` of a server; ``refused`` learns which ones a model refuses."""

    def __init__(self, largest: LargestSize, refused: RefusedSizes) -> None:
        self._largest = largest
        self._refused = refused

    async def next_size(self, job: Job) -> Size | None:
        """Return the next size for a job; None where it has the largest."""
        return next_size(job.draft.request.size, await self._largest(job.requester.guild_id))

    def learn(self, job: Job) -> None:
        """Learn from a job whose pictures were drawn."""
        self._refused.learn(job)
