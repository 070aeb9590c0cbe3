"""The demo as a process: started from the command line, stopped by Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.forks.client import ROOT, ForkedProcess, fork_program


@asynccontextmanager
async def started_demo(folder: Path, *options: str) -> AsyncGenerator[tuple[ForkedProcess, str]]:
    """Start the demo in a folder; yields it and its page's URL."""
    command = ("-m", "bot", "demo", "--port", "0", "--no-browser", *options)
    process = await fork_program(command, folder, {**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        async with asyncio.timeout(60):
            while "http://" not in (line := (await process.stdout.readline()).decode()):
                assert line, (await process.stderr.read()).decode()
        yield process, line.strip()
    finally:
        process.kill()
        await process.wait()


async def interrupt(process: ForkedProcess) -> None:
    """Send SIGINT and check that the process exits quietly, without waiting for its pictures."""
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        output = (await process.stdout.read() + await process.stderr.read()).decode()
        assert await process.wait() == 0
    assert output.split("\n")[-2:] == ["Stopped.", ""]
    assert "Traceback" not in output
