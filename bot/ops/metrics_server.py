"""Serves /metrics, /healthz and /readyz of this process, and measures how late its event loop is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from bot.app import App
from bot.ops.gauges import limit_gauges, process_gauges, queue_gauges
from bot.ops.health import DATABASE_TIMEOUT, HealthChecks, Working
from bot.telemetry.metrics import Gauge, Metrics

log = logging.getLogger(__name__)

ReadGauges = Callable[[Mapping[str, str | None]], Iterable[Gauge]]
"""Returns the gauges, given the problems of the health checks."""


def create_metrics_server(
    app: App, client: Working, metrics: Metrics, *, database_timeout: float = DATABASE_TIMEOUT
) -> MetricsServer:
    """Build the server of a process's metrics; it waits ``database_timeout`` seconds for the database."""
    settings = app.settings

    def gauges(problems: Mapping[str, str | None]) -> Iterator[Gauge]:
        yield from process_gauges(client, problems, settings.data_dir, settings.spool)
        if app.operator.overview.last is not None and not problems.get("database"):
            yield from queue_gauges(app.operator.overview.last, settings.relay_concurrency)
            yield from limit_gauges(app.operator.overview.last, settings)

    overview = app.operator.overview
    checks = HealthChecks(client, overview, settings.data_dir, database_timeout=database_timeout)
    return MetricsServer(metrics, checks, gauges)


_RETRY = 10.0
"""Seconds between attempts while no port is free, as when a new process starts beside the old one."""
_LAG_INTERVAL = 0.5
"""Seconds between two measurements of the event loop."""


class MetricsServer:
    """Answers scrapes with ``metrics`` and what ``gauges`` returns."""

    def __init__(self, metrics: Metrics, checks: HealthChecks, gauges: ReadGauges) -> None:
        self._metrics = metrics
        self._checks = checks
        self._gauges = gauges
        self._problems: Mapping[str, str | None] = {}
        metrics.read_gauges(lambda: self._gauges(self._problems))

    @asynccontextmanager
    async def serve(self, host: str, ports: Sequence[int]) -> AsyncGenerator[None]:
        """Serve on the first free one of ``ports``; while none is free, try again."""
        application = web.Application()
        application.router.add_get("/metrics", self._show_metrics)
        application.router.add_get("/healthz", self._show_health)
        application.router.add_get("/readyz", self._show_readiness)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        tasks = [asyncio.create_task(self._measure_lag())]
        if (error := await _open_first_free(runner, host, ports)) is not None:
            log.warning("metrics can't be served on %s yet, trying again: %s", host, error.strerror)
            tasks.append(asyncio.create_task(_keep_trying(runner, host, ports)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await runner.cleanup()

    async def _show_metrics(self, _: web.Request) -> web.Response:
        self._problems = await self._checks.run()
        # On a thread: it also reads the size of the spool from the disk.
        body = await asyncio.to_thread(self._metrics.render)
        return web.Response(body=body, headers={"Content-Type": self._metrics.content_type})

    async def _show_health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _show_readiness(self, _: web.Request) -> web.Response:
        problems = await self._checks.run()
        ready = not any(problems.values())
        body = {"ready": ready, "checks": {name: problem or "ok" for name, problem in problems.items()}}
        return web.json_response(body, status=200 if ready else 503)

    async def _measure_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LAG_INTERVAL
            await asyncio.sleep(_LAG_INTERVAL)
            self._metrics.lagged(loop.time() - due)


async def _keep_trying(runner: web.AppRunner, host: str, ports: Sequence[int]) -> None:
    problem: OSError | None = OSError()
    while problem is not None:
        await asyncio.sleep(_RETRY)
        problem = await _open_first_free(runner, host, ports)


async def _open_first_free(runner: web.AppRunner, host: str, ports: Sequence[int]) -> OSError | None:
    """Listen on one of the ports; return the last one's error where none can be opened."""
    problem: OSError | None = None
    for port in ports:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            problem = error
        else:
            log.info("metrics and health checks: http://%s:%d", host, port)
            return None
    return problem
