"""Towns for the tests of the doors."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.support.in_process.guild import Town, open_town
from tests.support.in_process.settings_manager import Manager


@pytest.fixture
async def town(tmp_path: Path) -> AsyncGenerator[Town]:
    """A town whose relay answers at once."""
    async with open_town(tmp_path) as town:
        yield town


@pytest.fixture
async def gated(tmp_path: Path) -> AsyncGenerator[Town]:
    """A town whose relay waits for the test."""
    async with open_town(tmp_path, gated=True) as town:
        yield town


@pytest.fixture
def manager(town: Town) -> Manager:
    """Somebody who manages the town's server."""
    return Manager(town)
