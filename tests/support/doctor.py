"""The doctor's checks against a simulated Discord API."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email.utils import formatdate
from time import time
from typing import Any

from aiohttp import web

from bot.config.settings import Settings
from bot.gateway.client import PERMISSIONS
from bot.ops.check_result import CheckResult
from bot.ops.doctor import run_checks
from bot.providers.service_checks import ServiceCheck

TOKEN = "MTIz.GhIjKl.aZ-09_xyz"
ALL = str(PERMISSIONS.value)
GOOD = {"id": "9", "name": "Painter", "interactions_endpoint_url": None, "approximate_guild_count": 2}


class Discord:
    """A simulated Discord API with the endpoints the doctor calls; its clock is ``ahead`` seconds."""

    def __init__(self, application: dict[str, Any] | None = None, *servers: tuple[str, str]) -> None:
        self.application = GOOD | (application or {})
        self.servers = [
            {"id": str(number), "name": name, "permissions": permissions}
            for number, (name, permissions) in enumerate(servers, 1)
        ]
        self.recommended = 1
        self.starts = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        self.ahead = 0.0
        self.status = 200
        self.commands = {"/applications/9/commands": [{"name": "imagine"}]}
        """Commands by their path."""

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[str]:
        """Listen; yields the base URL."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        allowed = request.headers.get("Authorization") == f"Bot {TOKEN}"
        bodies: dict[str, object] = {
            "/applications/@me": self.application,
            "/gateway/bot": {"shards": self.recommended, "session_start_limit": self.starts},
            "/users/@me/guilds": self.servers,
            **self.commands,
        }
        answer = web.json_response(bodies.get(request.path, []), status=self.status if allowed else 401)
        answer.headers["Date"] = formatdate(time() + self.ahead, usegmt=True)
        return answer


async def relay() -> list[ServiceCheck]:
    return [ServiceCheck(name="Relay", message="it responds")]


async def results(discord: Discord | str, check: Any = relay, **environment: str) -> dict[str, CheckResult]:
    settings = Settings.from_env({"DISCORD_TOKEN": TOKEN, **environment})
    if isinstance(discord, str):
        found = [result async for result in run_checks(settings, check, discord_api=discord)]
    else:
        async with discord.serve() as api:
            found = [result async for result in run_checks(settings, check, discord_api=api)]
    assert all(result.ok or result.remedy for result in found)
    assert not [result for result in found if TOKEN in f"{result}"]
    assert not [result for result in found if "\n" in result.message + result.remedy]
    by_subject = {result.name: result for result in found}
    assert len(by_subject) == len(found)
    return by_subject
