"""Limits on what members make the bot do at once, so that nobody's requests hold up another member's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakValueDictionary

from bot.domain.errors import RuleBroken

PER_MEMBER = 2
_T = TypeVar("_T")


class MemberLimiter:
    """Limits work of one kind to ``per_member`` at once for each member, and to ``total`` in all.

    Work beyond a limit waits at most ``timeout`` seconds for a permit. A member's work waits for their own
    first, so that no more than ``per_member`` of it ever stands before other members'.
    """

    def __init__(self, *, total: int, per_member: int = PER_MEMBER, timeout: float = 5.0) -> None:
        self._per_member = per_member
        self._timeout = timeout
        self._total = asyncio.Semaphore(total)
        # A member's semaphore lives as long as something of theirs runs or waits.
        self._members: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def permit(self, user_id: int) -> AsyncGenerator[None]:
        """Hold a permit for a member's work; raise ``RuleBroken`` if none is free in time."""
        async with (
            self._acquired(self._of(user_id), RuleBroken("too-many-at-once", most=self._per_member)),
            self._acquired(self._total, RuleBroken("all-busy")),
        ):
            yield

    def _of(self, user_id: int) -> asyncio.Semaphore:
        return self._members.setdefault(user_id, asyncio.Semaphore(self._per_member))

    @asynccontextmanager
    async def _acquired(self, semaphore: asyncio.Semaphore, refusal: RuleBroken) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(self._timeout):
                await semaphore.acquire()
        except TimeoutError:
            raise refusal from None
        try:
            yield
        finally:
            semaphore.release()


class LatestOnly:
    """Runs one piece of a member's work at a time; of what waits meanwhile, only the newest is done."""

    def __init__(self) -> None:
        self._members: WeakValueDictionary[int, _Latest] = WeakValueDictionary()

    async def run(self, user_id: int, work: Callable[[], Awaitable[_T]], default: _T) -> _T:
        """Return the result of the work, or the default if newer work of the member replaced it."""
        latest = self._members.setdefault(user_id, _Latest())
        latest.number += 1
        number = latest.number
        async with latest.lock:
            return await work() if number == latest.number else default


@dataclass(slots=True, weakref_slot=True)
class _Latest:
    number: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLimits:
    """The limits of one process, by kind of work."""

    references: MemberLimiter = field(default_factory=lambda: MemberLimiter(total=32))
    """Links, messages and uploads that are resolved to pictures."""
    pages: MemberLimiter = field(default_factory=lambda: MemberLimiter(total=8))
    """Pages whose pictures are fetched from Discord."""
    searches: MemberLimiter = field(default_factory=lambda: MemberLimiter(total=2))
    """Searches in prompts; each takes one of the few connections to the database."""
    files: MemberLimiter = field(default_factory=lambda: MemberLimiter(total=3, timeout=10.0))
    """Pictures that are read whole, to be sent again."""
    personal_data: MemberLimiter = field(default_factory=lambda: MemberLimiter(total=2))
    """Exports and deletions of all that is stored about a member."""
    suggestions: LatestOnly = field(default_factory=LatestOnly)
    """Autocompletion."""
