"""The page of what happens now, and that of the settings."""

from __future__ import annotations

from aiohttp import web

from bot.config.settings import Settings
from bot.ops.console.effective_settings import describe_settings
from bot.ops.console.live import LiveState
from bot.ops.console.pages.page import PageRenderer
from bot.services.operator.log_level import LogLevelService


class OverviewPages:
    """Shows the state of all processes, and the settings of this one."""

    def __init__(
        self, settings: Settings, live: LiveState, levels: LogLevelService, renderer: PageRenderer
    ) -> None:
        self._settings = settings
        self._levels = levels
        self._live = live
        self._renderer = renderer

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of the pages."""
        return [web.get("/", self.now), web.get("/settings", self.settings)]

    async def now(self, request: web.Request) -> web.Response:
        """Show what happens now."""
        return self._renderer.page(request, "now.html", live=await self._live.html())

    async def settings(self, request: web.Request) -> web.Response:
        """Show the effective settings, without secrets."""
        settings = list(describe_settings(self._settings))
        return self._renderer.page(request, "settings.html", settings=settings, level=self._levels.current)
