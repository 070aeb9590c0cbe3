"""What a process answers on METRICS_PORT."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.app import App, open_app
from bot.config.settings import Settings
from bot.ops.metrics_server import create_metrics_server
from bot.telemetry.metrics import Metrics

DOCKERFILE = Path(__file__).parents[3] / "Dockerfile"
HOST, PORTS = "127.0.0.1", range(19_400, 19_500)


class Client:
    """A client without a gateway."""

    problem: str | None = None

    def worker_problem(self) -> str | None:
        return self.problem


@pytest.fixture
async def app(tmp_path: Path) -> AsyncGenerator[App]:
    environment = {"RELAY_URL": "http://127.0.0.1:9", "RELAY_TOKEN": "token", "DATA_DIR": str(tmp_path)}
    async with open_app(Settings.from_env(environment), durable=False) as app:
        yield app


@asynccontextmanager
async def serving(app: App, client: Client, log: pytest.LogCaptureFixture) -> AsyncGenerator[str]:
    """Serve metrics and yield the address in the log."""
    log.clear()
    with log.at_level(logging.INFO):
        server = create_metrics_server(app, client, Metrics(), database_timeout=3600)
        async with server.serve(HOST, PORTS):
            (address,) = re.findall(r"http://\S+", log.text)
            yield address


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        return reply.status, await reply.text()


async def test_it_is_alive_ready_and_measured(app: App, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(app, Client(), caplog) as url:
        assert await get(f"{url}/healthz") == (200, '{"status": "ok"}')
        status, body = await get(f"{url}/readyz")
        assert (status, '"database": "ok"' in body) == (200, True)
        status, body = await get(f"{url}/metrics")
        assert status == 200
        assert 'jimeng_jobs{state="waiting"} 0.0' in body
        assert 'jimeng_ready{check="worker"} 1.0' in body


async def test_a_worker_that_begins_no_jobs_is_not_ready(app: App, caplog: pytest.LogCaptureFixture) -> None:
    client = Client()
    client.problem = "the spool is full"
    async with serving(app, client, caplog) as url:
        status, body = await get(f"{url}/readyz")
        assert (status, '"worker": "the spool is full"' in body) == (503, True)
        assert 'jimeng_ready{check="worker"} 0.0' in (await get(f"{url}/metrics"))[1]


async def test_processes_take_different_ports_of_a_range(app: App, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(app, Client(), caplog) as first, serving(app, Client(), caplog) as second:
        assert first != second
        assert (await get(f"{first}/healthz"))[0] == (await get(f"{second}/healthz"))[0] == 200


async def test_the_images_healthcheck_passes_while_the_process_answers_and_else_fails(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    client.problem = "Discord is away"
    async with serving(app, client, caplog) as url:
        # A process that isn't ready isn't restarted.
        assert (await get(f"{url}/readyz"))[0] == 503
        assert await healthcheck(url) == 0
    assert await healthcheck(url) != 0


async def healthcheck(url: str) -> int:
    """Run the image's HEALTHCHECK against an address; return its exit code."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ").replace("timeout=4", "timeout=60")
    (command,) = re.findall(r"^HEALTHCHECK .*? CMD (\[.*\])$", text, re.M)
    python, *arguments = [word.replace("http://127.0.0.1:9400", url) for word in json.loads(command)]
    assert python == "python" and url in " ".join(arguments)
    program = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stderr=asyncio.subprocess.DEVNULL
    )
    return await program.wait()
