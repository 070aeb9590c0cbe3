"""A graceful stop loses no request, whenever it comes."""

from __future__ import annotations

import random

import pytest

from tests.support.wire.setup import WireEnvironment
from tests.support.wire.stops import stop_under_load

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("seed", range(3))
async def test_no_request_is_lost_when_the_bot_stops(environment: WireEnvironment, seed: int) -> None:
    assert await stop_under_load(environment.discord, environment.bot, random.Random(seed)) == []
