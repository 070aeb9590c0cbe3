"""The sizes that models refused although they drew a larger one."""

from __future__ import annotations

from cachetools import TTLCache

from bot.domain.models import ImageRequest, Job, Ratio, Size
from bot.domain.ports import Clock
from bot.domain.request_rules import is_larger, sizes_up_to
from bot.domain.requests.asked import asked_size

_TTL = 3600.0
"""Seconds for which a refusal is remembered: the service may change."""
_Key = tuple[str | None, Ratio, Size]


class RefusedSizes:
    """Remembers refused sizes by model and ratio, so that they needn't be asked for again."""

    def __init__(self, clock: Clock) -> None:
        self._refused: TTLCache[_Key, bool] = TTLCache(1000, _TTL, timer=clock)

    def __contains__(self, request: ImageRequest) -> bool:
        return (request.model, request.ratio, request.size) in self._refused

    def learn(self, job: Job) -> None:
        """Remember the sizes that a job was refused before it was drawn.

        Only then: a refusal alone can have another cause than the size.
        """
        request, asked = job.draft.request, asked_size(job)
        if asked is not None:
            for size in sizes_up_to(request.size):
                if size != request.size and not is_larger(asked, size):
                    self._refused[request.model, request.ratio, size] = True
