"""What every way in has in common: a case, and how it is run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from bot.domain.errors import BotError

Case = Callable[[], Awaitable[object]]
Cases = Iterator[tuple[str, Case]]

MB = 1_000_000


async def refused(work: Awaitable[object]) -> object:
    try:
        return await work
    except BotError as error:
        return error


async def in_loop(work: Callable[[], object]) -> None:
    with suppress(BotError):
        work()


def pumped(pump: str, length: int) -> str:
    return (pump * length)[:length]
