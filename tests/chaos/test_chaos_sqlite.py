"""A short chaos run of one process: whenever it is killed or paused, everyone gets one answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chaos.database import Database
from tests.support.chaos.plans import SHORT, Plan


@pytest.mark.timeout(300)
async def test_one_process_answers_every_request(tmp_path: Path) -> None:
    plan = Plan(**SHORT, kills=3, pauses=1, services_down=1)
    await plan.run(tmp_path, Database(f"sqlite:///{tmp_path}/jobs.db"), workers=0)
