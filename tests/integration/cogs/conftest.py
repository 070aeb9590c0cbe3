"""Simulated servers for the tests of the commands."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from tests.support.in_process.guild import SimulatedGuild, open_guild, open_simulation
from tests.support.in_process.settings_manager import SettingsManager


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that share a simulation in its event loop."""
    for item in items:
        if "shared_simulation" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_simulation(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[SimulatedGuild]:
    """A running bot for all tests of the module."""
    async with open_simulation(tmp_path_factory.mktemp("simulation")) as shared:
        yield shared


@pytest_asyncio.fixture(loop_scope="module")
async def sim(shared_simulation: SimulatedGuild) -> AsyncGenerator[SimulatedGuild]:
    """A simulated server whose relay answers at once. Only its bot is shared; the database is empty."""
    async with open_guild(shared_simulation) as sim:
        yield sim


@pytest_asyncio.fixture(loop_scope="module")
async def gated_sim(shared_simulation: SimulatedGuild) -> AsyncGenerator[SimulatedGuild]:
    """A simulated server whose relay waits for ``finish_jobs``."""
    async with open_guild(shared_simulation, hold_relay=True) as sim:
        yield sim


@pytest.fixture
def manager(sim: SimulatedGuild) -> SettingsManager:
    """A member who may manage the server."""
    return SettingsManager(sim)
