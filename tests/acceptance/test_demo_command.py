"""The demo's command."""

from __future__ import annotations

from pathlib import Path

from tests.support.demo_process import interrupt, started_demo


async def test_ctrl_c_stops_the_demo_at_once(tmp_path: Path) -> None:
    async with started_demo(tmp_path, "--delay", "1") as (process, _):
        await interrupt(process)
