"""Fixtures of the simulated relay's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.demo.relay.server import DemoRelay
from tests.support.relay.demo_calls import fetch_photo


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A relay with prepared pictures, as painting takes longest."""
    async with DemoRelay(delay=0.0, fetch=fetch_photo, ready=True).serve() as address:
        yield address


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as opened:
        yield opened
