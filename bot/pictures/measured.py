"""Records how long it takes to check a picture and to make one fit."""

from __future__ import annotations

import time
from pathlib import Path

from bot.domain.models import Picture
from bot.domain.ports import Fit, PictureCheck
from bot.telemetry.recorder import Recorder


class MeasuredFit:
    """Fits pictures by ``fit`` and reports the time of each to ``recorder``."""

    def __init__(self, fit: Fit, recorder: Recorder) -> None:
        self._fit = fit
        self._recorder = recorder

    async def __call__(self, picture: Picture, limit: int, into: Path, /) -> Picture:
        """Return the picture, re-encoded into ``into`` if over ``limit`` bytes; raise ``BadReply``."""
        began = time.monotonic()
        fitted = await self._fit(picture, limit, into)
        self._recorder.processed("fit", time.monotonic() - began)
        return fitted


class MeasuredCheck:
    """Checks a picture by ``check`` and reports how long it took after the last byte."""

    def __init__(self, check: PictureCheck, recorder: Recorder) -> None:
        self._check = check
        self._recorder = recorder
        self.feed = check.feed
        self.restart = check.restart

    async def finish(self, file: Path) -> Picture:
        """Return what ``file`` holds, which contains the bytes that were fed."""
        began = time.monotonic()
        picture = await self._check.finish(file)
        self._recorder.processed("check", time.monotonic() - began)
        return picture
