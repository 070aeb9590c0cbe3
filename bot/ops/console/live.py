"""The part of the page that changes by itself, sent to every open page by server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web
from jinja2 import Environment

from bot.app import App
from bot.domain.models import Activity
from bot.ops.console.guard import stream_headers
from bot.ops.console.process_rows import process_rows
from bot.ops.health import HealthChecks
from bot.services.operator.overview import Overview
from bot.services.operator.processes import step_times

_INTERVAL = 3.0
"""Seconds between two updates; all open pages share one."""
_MOST_STREAMS = 20


class LiveState:
    """Renders the current state, once for all pages; it may take ``timeout`` seconds to read."""

    def __init__(
        self,
        app: App,
        checks: HealthChecks,
        environment: Environment,
        is_signed_in: Callable[[web.Request], bool],
        *,
        timeout: float,
    ) -> None:
        self._app = app
        self._is_signed_in = is_signed_in
        self._checks = checks
        self._environment = environment
        self._timeout = timeout
        self._closing = asyncio.Event()
        self._streams = 0
        self._reading = asyncio.Lock()
        self._html = ""
        self._read_at = float("-inf")

    def close(self) -> None:
        """End all streams."""
        self._closing.set()

    async def html(self) -> str:
        """Return the state as HTML, read at most every ``_INTERVAL`` seconds."""
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if now - self._read_at >= _INTERVAL * 0.9:
                self._html = await self._render()
                self._read_at = now
            return self._html

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send the state whenever it is read anew, until the page is left or its session ends."""
        if self._streams >= _MOST_STREAMS:
            raise web.HTTPServiceUnavailable
        response = web.StreamResponse(headers=stream_headers())
        await response.prepare(request)
        self._streams += 1
        try:
            with suppress(ConnectionError):
                while self._is_signed_in(request) and not self._closing.is_set():
                    await response.write(_event(await self.html()))
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_INTERVAL):
                            await self._closing.wait()
        finally:
            self._streams -= 1
        return response

    async def _render(self) -> str:
        problems = await self._checks.run()
        template = self._environment.get_template("live.html")
        try:
            async with asyncio.timeout(self._timeout):
                overview, activity = (
                    await self._app.operator.overview.read(),
                    await self._app.operator.reports.activity(),
                )
                processes = await self._app.operator.processes.all()
                pause = await self._app.operator.global_pause.current()
        except Exception as error:
            return template.render(problems=problems, away=type(error).__name__)
        return template.render(
            problems=problems,
            away=None,
            pause=pause,
            processes=process_rows(processes, activity, overview.at),
            steps=step_times(processes, activity, overview.at),
            **_numbers(overview, activity, self._app.settings.relay_concurrency),
        )


def _numbers(overview: Overview, activity: Activity, capacity: int) -> dict[str, Any]:
    queue, at = overview.queue, overview.at
    return {
        "queue": queue,
        "oldest": queue.oldest_age(at),
        "services": {
            name: {
                "down": health.is_down,
                "slots": health.slots(capacity, at),
                "pause": health.pause(at),
            }
            for name, health in overview.services.items()
        },
        "activity": activity,
    }


def _event(html: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in html.splitlines())
    return f"{lines}\n".encode()
