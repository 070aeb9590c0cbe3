"""Simulated servers for the tests of the commands."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.settings_manager import SettingsManager


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncGenerator[SimulatedGuild]:
    """A simulated server whose relay answers at once."""
    async with open_simulation(tmp_path) as sim:
        yield sim


@pytest.fixture
async def gated_sim(tmp_path: Path) -> AsyncGenerator[SimulatedGuild]:
    """A simulated server whose relay waits for ``finish_jobs``."""
    async with open_simulation(tmp_path, hold_relay=True) as sim:
        yield sim


@pytest.fixture
def manager(sim: SimulatedGuild) -> SettingsManager:
    """A member who may manage the server."""
    return SettingsManager(sim)
