"""Records how long calls take, how they end and what they cost, and names the provider in their log lines."""

from __future__ import annotations

import time
from pathlib import Path

from bot.domain.errors import BotError
from bot.domain.image_models.catalogue import Model
from bot.domain.models import ImageRequest, Picture
from bot.domain.ports import CheckedRelay
from bot.telemetry.log_context import log_fields
from bot.telemetry.recorder import Recorder


class MeasuredClient:
    """Draws ``model`` with ``client`` and reports each call of ``provider`` to ``recorder``."""

    def __init__(self, client: CheckedRelay, model: Model, provider: str, recorder: Recorder) -> None:
        self._client = client
        self._model = model
        self._provider = provider
        self._recorder = recorder

    async def check(self) -> str:
        """Report in a sentence that it responds and accepts the credentials; raise ``BotError``."""
        with log_fields(provider=self._provider):
            return await self._client.check()

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture in the folder ``into``; raise only BotErrors."""
        began, outcome, failure = time.monotonic(), "cancelled", None
        try:
            with log_fields(provider=self._provider):
                picture = await self._client.generate(request, into)
            outcome = "picture"
            return picture
        except BotError as error:
            outcome, failure = error.key, error
            raise
        finally:
            self._recorder.called(self._provider, outcome, time.monotonic() - began)
            self._record_cost(request, failure)

    def _record_cost(self, request: ImageRequest, failure: BotError | None) -> None:
        """Record what a call costs; one whose end isn't seen counts as paid, as it does in the database."""
        price = self._model.price
        if price is None or (failure is not None and not price.is_charged(failure)):
            return
        cost = price.of(request.size)
        self._recorder.charged(self._provider, self._model.id, price.currency, cost)
