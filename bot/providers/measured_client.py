"""Records how long calls take and how they end, and names the provider in their log lines."""

from __future__ import annotations

import time
from pathlib import Path

from bot.domain.errors import BotError
from bot.domain.models import ImageRequest, Picture
from bot.domain.ports import CheckedRelay
from bot.telemetry.log_context import log_fields
from bot.telemetry.recorder import Recorder


class MeasuredClient:
    """Draws with ``client`` and reports each call of ``provider`` to ``recorder``."""

    def __init__(self, client: CheckedRelay, provider: str, recorder: Recorder) -> None:
        self._client = client
        self._provider = provider
        self._recorder = recorder

    async def check(self) -> str:
        """Report in a sentence that it responds and accepts the credentials; raise ``BotError``."""
        with log_fields(provider=self._provider):
            return await self._client.check()

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture in the folder ``into``; raise only BotErrors."""
        began, outcome = time.monotonic(), "cancelled"
        try:
            with log_fields(provider=self._provider):
                picture = await self._client.generate(request, into)
            outcome = "picture"
            return picture
        except BotError as error:
            outcome = error.key
            raise
        finally:
            self._recorder.called(self._provider, outcome, time.monotonic() - began)
