"""One environment per module: the bot between a simulated Discord and a simulated relay."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator

import pytest
import pytest_asyncio

from tests.support.wire.setup import WireEnvironment, open_environment


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started_environment(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[WireEnvironment]:
    """Open an environment; its bot is started by the first test that uses it."""
    async with open_environment(tmp_path_factory.mktemp("bot")) as environment:
        yield environment


@pytest_asyncio.fixture(loop_scope="module")
async def environment(started_environment: WireEnvironment) -> AsyncGenerator[WireEnvironment]:
    """Yield the module's environment with its bot running; violations fail the test."""
    if not started_environment.bot.running:
        await started_environment.bot.start()
    started_environment.discord.reset()
    started_environment.discord.rest.plans.clear()
    yield started_environment
    assert started_environment.discord.violations == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the end of the bot's log to a failure."""
    report = yield
    environment = getattr(item, "funcargs", {}).get("started_environment") or getattr(
        item, "funcargs", {}
    ).get("environment")
    if report.failed and isinstance(environment, WireEnvironment):
        lines = [line for line in environment.bot.lines if " DEBUG " not in line]
        report.sections.append(("the bot's log", "\n".join(lines[-25:])))
        calls = [f"{c.method} {c.path} → {c.status} {c.code}" for c in environment.discord.rest.calls[-15:]]
        report.sections.append(("calls of Discord", "\n".join(calls)))
    return report
