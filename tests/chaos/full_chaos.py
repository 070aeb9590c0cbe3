"""The full chaos run: a thousand requests with faults throughout; CHAOS_SEED=… selects another run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chaos.database import Database
from tests.support.chaos.plans import LONG, Plan

pytestmark = pytest.mark.timeout(1600)


async def test_one_process_answers_every_one_of_a_thousand_requests(tmp_path: Path) -> None:
    plan = Plan(**LONG, timeout=1500, kills=16, pauses=4, stops=6, full_disks=4, services_down=4)
    await plan.run(tmp_path, Database(f"sqlite:///{tmp_path}/jobs.db"), workers=0)


async def test_several_processes_answer_every_one_of_a_thousand_requests(
    tmp_path: Path, postgres: Database
) -> None:
    plan = Plan(
        **LONG,
        timeout=1500,
        kills=16,
        pauses=4,
        cuts=4,
        outages=2,
        failovers=4,
        stops=6,
        full_disks=4,
        services_down=4,
    )
    await plan.run(tmp_path, postgres, workers=3)
