"""What calls cost is recorded by model when they end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import BotError, PromptBlocked, RelayBusy, ResultBlocked
from bot.domain.image_models.catalogue import Model
from bot.domain.image_models.prices import Price
from bot.domain.models import ImageRequest, Picture
from bot.providers.measured_client import MeasuredClient
from bot.telemetry.recorder import Recorder
from tests.support.models import SEEDREAM

PRICED = replace(SEEDREAM, price=Price(currency="USD", by_size={"2K": 40_000}, charges="results"))
PICTURE = Picture(path=Path("1.png"), format="png", width=1, height=1)


class Costs(Recorder):
    def __init__(self) -> None:
        self.found: list[tuple[str, str, str, int]] = []

    def charged(self, provider: str, model: str, currency: str, micro: int) -> None:
        self.found.append((provider, model, currency, micro))


class Client:
    """Draws nothing: a call ends as it is told."""

    def __init__(self, end: Picture | BaseException) -> None:
        self._end = end

    async def check(self) -> str:
        return "fine"

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        if isinstance(self._end, BaseException):
            raise self._end
        return self._end


@pytest.mark.parametrize(
    ("model", "end", "charged"),
    [
        (PRICED, PICTURE, True),
        (PRICED, ResultBlocked(), True),
        # As in the database: nobody saw how it ended.
        (PRICED, asyncio.CancelledError(), True),
        (PRICED, PromptBlocked(), False),
        (PRICED, RelayBusy(), False),
        (SEEDREAM, PICTURE, False),
    ],
)
async def test_a_call_costs_its_models_price_if_it_is_charged(
    model: Model, end: Picture | BaseException, charged: bool
) -> None:
    costs = Costs()
    client = MeasuredClient(Client(end), model, "relay", costs)
    with suppress(BotError, asyncio.CancelledError):
        await client.generate(ImageRequest(prompt="a fox", size="2K"), Path())
    assert costs.found == ([("relay", "seedream", "USD", 40_000)] if charged else [])
