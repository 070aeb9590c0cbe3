"""A short chaos run of several processes: whatever is killed, paused or cut, everyone gets one answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chaos.database import Database
from tests.support.chaos.plans import SHORT, Plan


@pytest.mark.timeout(300)
async def test_several_processes_answer_every_request(tmp_path: Path, postgres: Database) -> None:
    plan = Plan(**SHORT, kills=2, pauses=1, cuts=1, outages=1, services_down=1)
    await plan.run(tmp_path, postgres, workers=2)
