"""Draws a job's pictures: what is on disk from an earlier try stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from bot.domain import request_rules
from bot.domain.errors import BotError
from bot.domain.models import ImageRequest, Job, Picture
from bot.pictures.sniff import LONGEST_HEAD, sniff


class Relay(Protocol):
    """Whatever draws: one call, one try."""

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Draw a picture into the folder ``into``; raise only ``BotError``."""
        ...


class Drawing:
    """Draws with ``relay`` into a folder for each job below ``spool``.

    ``begin`` is called before each picture for which there was no place beside a job's first ones.
    """

    def __init__(self, relay: Relay, spool: Path, begin: Callable[[], Awaitable[object]]) -> None:
        self._relay = relay
        self._spool = spool
        self._begin = begin

    async def draw(self, job: Job) -> tuple[list[Picture], BotError | None]:
        """Draw what is missing of the job's pictures; the error is the one that decides what happens now."""
        folder = self._spool / str(job.id)
        pictures = await asyncio.to_thread(_whole_pictures, folder)
        request = request_rules.composed(job.draft)
        missing = iter(range(job.draft.count - len(pictures)))
        errors: list[BotError] = []

        async def draw_on() -> None:
            """Draw one picture after the other, until none is missing or something is wrong."""
            for number in missing:
                if number >= job.abreast:
                    if errors:
                        return
                    await self._begin()
                try:
                    pictures.append(await self._relay.generate(request, folder))
                except Exception as error:
                    errors.append(_ours(error))

        ends = await asyncio.gather(*(draw_on() for _ in range(job.abreast)), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        # What can't be mended by waiting decides, so that nobody waits in vain.
        errors.sort(key=lambda error: error.retry)
        return pictures[: job.draft.count], errors[0] if errors else None


def is_any_gone(pictures: Sequence[Picture]) -> bool:
    """Whether a picture's file isn't on this machine's disk."""
    return not all(picture.path.exists() for picture in pictures)


def _whole_pictures(folder: Path) -> list[Picture]:
    pictures: list[Picture] = []
    for path in sorted(folder.glob("*.*")):
        if path.suffix == ".part":
            path.unlink(missing_ok=True)
            continue
        with path.open("rb") as file:
            header = sniff(file.read(LONGEST_HEAD))
        if header:
            pictures.append(
                Picture(path=path, format=header.format, width=header.width, height=header.height)
            )
    return pictures


def _ours(error: Exception) -> BotError:
    if isinstance(error, BotError):
        return error
    ours = BotError(f"{type(error).__name__} while drawing")
    ours.__cause__ = error
    return ours
