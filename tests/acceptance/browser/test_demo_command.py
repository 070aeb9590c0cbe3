"""The demo as a process: started from the command line, stopped by Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser.tab import Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_ctrl_c_stops_the_demo_at_once() -> None:
    async with demo("--delay", "1") as (process, _):
        await stop(process)


@pytest.mark.browser
@pytest.mark.flow
async def test_ctrl_c_stops_the_demo_while_pictures_are_drawn(browser: Browser) -> None:
    async with demo("--delay", "60") as (process, url):
        page = await browser.new_page()
        tab = Tab(page, url)
        await tab.open()
        await tab.send("/imagine prompt: a lighthouse in a storm count: 4")
        await expect(tab.cards.last).to_contain_text("Drawing…")
        await tab.send("/imagine prompt: a hang in the fog")
        await stop(process)
        await page.close()


@asynccontextmanager
async def demo(*options: str) -> AsyncGenerator[tuple[Process, str]]:
    """Start the demo as a process; yields it and its page's URL."""
    command = (sys.executable, "-m", "bot", "demo", "--port", "0", "--no-browser", *options)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    assert process.stdout
    try:
        while True:
            line = (await process.stdout.readline()).decode()
            assert line, "the demo exited"
            if "http://" in line:
                break
        yield process, line.strip()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def stop(process: Process) -> None:
    """Send SIGINT and check that the process exits quietly, without waiting for its pictures."""
    process.send_signal(signal.SIGINT)
    output, _ = await asyncio.wait_for(process.communicate(), 15)
    assert process.returncode == 0
    assert output.decode().split("\n")[-2:] == ["Stopped.", ""]
    assert "Traceback" not in output.decode()
