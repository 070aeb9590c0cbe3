"""A simulated Discord, a simulated relay and the bot between them, one set for each module of tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator

import pytest
import pytest_asyncio

from tests.support.wire.setup import World, open_world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[World]:
    """Open a world; its bot is started by the first test that asks for it."""
    async with open_world(tmp_path_factory.mktemp("bot")) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def world(whole_world: World) -> AsyncGenerator[World]:
    """Give the module's world with its bot running; what Discord minds fails the test."""
    if not whole_world.bot.running:
        await whole_world.bot.start()
    whole_world.discord.reset()
    whole_world.discord.desk.plans.clear()
    yield whole_world
    assert whole_world.discord.complaints == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the end of the bot's log beside a failure."""
    report = yield
    world = getattr(item, "funcargs", {}).get("whole_world") or getattr(item, "funcargs", {}).get("world")
    if report.failed and isinstance(world, World):
        lines = [line for line in world.bot.lines if " DEBUG " not in line]
        report.sections.append(("the bot's log", "\n".join(lines[-25:])))
        calls = [f"{c.method} {c.path} → {c.status} {c.code}" for c in world.discord.desk.calls[-15:]]
        report.sections.append(("calls of Discord", "\n".join(calls)))
    return report
