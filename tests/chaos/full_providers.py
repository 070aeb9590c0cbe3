"""A provider that fails under load: its requests wait, others go on, nothing is lost or paid twice.

It is killed, or stands still with its connections open, or answers everything with success but no picture.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from bot.config.provider_rules import PROVIDER_RULES
from tests.support.chaos.database import Database
from tests.support.chaos.invariants import check_invariants
from tests.support.chaos.members import Kind, Members, Submission
from tests.support.chaos.run import ChaosRun
from tests.support.wire.bot_under_test import RELAY_TOKEN, START_TIMEOUT
from tests.support.wire.fleet import open_fleet

Outage = Literal["killed", "stopped", "garbage"]
PRICE = 40_000
MEMBERS, EACH = 12, 5
KINDS = (
    Kind(count=3, options={"model": "killed", "count": 3}),
    Kind(count=1, options={"model": "other"}),
    Kind(count=1, options={"model": "killed"}),
)
TABLE = """
[models.{name}]
provider = "{provider}"
{more}
cost = 0.04
currency = "USD"
pixels = {{ "1K" = {{ "1:1" = "1024x1024" }} }}
"""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass(slots=True)
class ServiceProcess:
    """The simulated services as a process of its own; some of its replies are cut off."""

    port: int = field(default_factory=_free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Its address, the same after a restart."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, chaos: str = "cut-off=0.1") -> None:
        """Start it and wait until it listens."""
        options = ("--port", str(self.port), "--ready", "--delay", "0.3", "--chaos", chaos)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.demo.relay", *options),
            cwd=Path(__file__).parents[2],
            stdout=asyncio.subprocess.PIPE,
            env=os.environ,
        )
        assert self._process.stdout
        async with asyncio.timeout(START_TIMEOUT):
            assert b"Simulated relay" in await self._process.stdout.readline()

    async def fail(self, outage: Outage) -> None:
        """Begin an outage."""
        if outage == "stopped":
            assert self._process is not None
            self._process.send_signal(signal.SIGSTOP)
            return
        await self.kill()
        if outage == "garbage":
            await self.start("not-a-picture=1")

    async def recover(self, outage: Outage) -> None:
        """End an outage."""
        if outage == "stopped":
            assert self._process is not None
            self._process.send_signal(signal.SIGCONT)
            return
        await self.kill()
        await self.start()

    async def kill(self) -> None:
        """Kill it, if it is running."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


def _table(name: str, provider: str, url: str) -> str:
    more = ""
    if provider == "relay-images":
        more = 'upstream = "gemini"'
    elif provider != "relay":
        more = f'upstream = "{name}"\nbase_url = "{url}"\nkey_env = "SERVICE_KEY"'
    return TABLE.format(name=name, provider=provider, more=more)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("provider", "outage"),
    [
        *((provider, "killed") for provider in PROVIDER_RULES),
        ("openai-images", "stopped"),
        ("ark", "garbage"),
    ],
)
async def test_a_provider_fails_with_calls_in_flight_and_comes_back(
    provider: str, outage: Outage, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path}/jobs.db")
    killed, other = ServiceProcess(), ServiceProcess()
    models = tmp_path / "models.toml"
    healthy = "ark" if provider != "ark" else "openai-images"
    models.write_text(_table("killed", provider, killed.url) + _table("other", healthy, other.url))
    settings = {
        **{"MODELS_FILE": str(models), "SERVICE_KEY": RELAY_TOKEN, "RELAY_URL": killed.url},
        **{"RELAY_TIMEOUT": "20", "RELAY_CONCURRENCY": "8"},
    }
    try:
        async with asyncio.timeout(380), open_fleet(database.url, tmp_path) as fleet:
            await asyncio.gather(killed.start(), other.start())
            process = fleet.process("run", **settings)
            await process.start()
            members = Members(fleet.discord, lambda: fleet.discord.gateway.identified, kinds=KINDS)
            submitting = asyncio.create_task(members.submit_all(MEMBERS, EACH))
            await fleet.discord.until(lambda: members.answered >= 6, "some answers", 120)
            await killed.fail(outage)
            await process.wait_for_log("is down", 120)
            await _ask_other(members)
            await killed.recover(outage)
            await submitting
            run = ChaosRun(fleet, members, [process], database, random.Random(0))
            await run.wait_until_recorded()
            await run.stop_processes()
            await check_invariants(run, requests=MEMBERS * EACH + 1)
            # What is no picture may be the fault of its request, which therefore isn't repeated for ever.
            expected = {"bad-reply"} if outage == "garbage" else set[str]()
            assert {row.problem for row in database.jobs() if row.problem} <= expected
            assert [row.id for row in database.jobs() if row.cost != PRICE * len(row.pictures)] == []
            assert "Traceback" not in process.log
    finally:
        await asyncio.gather(killed.kill(), other.kill())


async def _ask_other(members: Members) -> None:
    """Let another member request a picture of the other service, and wait for it."""
    kind, prompt = Kind(count=1, options={"model": "other"}), "while the killed one is down"
    interaction = await members.discord.slash(
        999, kind.command, prompt=prompt, size="1K", wait=False, **kind.options
    )
    submission = Submission(member=999, prompt=prompt, kind=kind, interaction=interaction)
    members.submissions.append(submission)
    await members.discord.until(lambda: submission.answered, "an answer of the other service", 120)
