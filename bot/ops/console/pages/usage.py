"""The pages of servers and members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from bot.domain.controls.acts import Target
from bot.domain.ids import MAX_ID
from bot.domain.models.reports import UsageReport
from bot.ops.console.charts import Bar, bars
from bot.ops.console.effective_settings import describe_fields
from bot.ops.console.pages.page import PageRenderer, chosen_days
from bot.ops.console.rendering import format_day
from bot.services.guilds import GuildService
from bot.services.operator.bans import BanService
from bot.services.operator.limits import LimitService
from bot.services.operator.reports import ReportService

DAYS = (1, 7)
"""The choices of how many days use is added up for."""


class UsagePages:
    """Lists servers and members with requests lately, and shows each."""

    def __init__(
        self,
        reports: ReportService,
        guilds: GuildService,
        bans: BanService,
        limits: LimitService,
        renderer: PageRenderer,
    ) -> None:
        self._reports = reports
        self._guilds = guilds
        self._bans = bans
        self._limits = limits
        self._renderer = renderer

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of the pages."""
        return [
            web.get("/servers", self.servers),
            web.get(r"/servers/{id:\d{1,19}}", self.server),
            web.get("/members", self.members),
            web.get(r"/members/{id:\d{1,19}}", self.member),
        ]

    async def servers(self, request: web.Request) -> web.Response:
        """List the servers with requests lately."""
        days = chosen_days(request, DAYS)
        found = await self._reports.servers(days)
        return self._renderer.page(request, "servers.html", servers=found, days=days, choices=DAYS)

    async def server(self, request: web.Request) -> web.Response:
        """Show the use of a server and its settings."""
        guild_id = int(request.match_info["id"])
        if guild_id > MAX_ID:
            return self._renderer.not_found(request, f"Server {guild_id}")
        days = await self._reports.days_of_server(guild_id)
        standing = await self._standing(Target(kind="server", id=guild_id))
        settings = list(describe_fields(await self._guilds.settings(guild_id)))
        return self._renderer.page(
            request,
            "server.html",
            id=guild_id,
            settings=settings,
            days=days,
            chart=_chart(days),
            **standing,
        )

    async def members(self, request: web.Request) -> web.Response:
        """List the members with requests lately."""
        days = chosen_days(request, DAYS)
        found = await self._reports.members(days)
        return self._renderer.page(request, "members.html", members=found, days=days, choices=DAYS)

    async def member(self, request: web.Request) -> web.Response:
        """Show the use of a member."""
        user_id = int(request.match_info["id"])
        if user_id > MAX_ID:
            return self._renderer.not_found(request, f"Member {user_id}")
        days = await self._reports.days_of_member(user_id)
        standing = await self._standing(Target(kind="member", id=user_id))
        return self._renderer.page(
            request, "member.html", id=user_id, days=days, chart=_chart(days), **standing
        )

    async def _standing(self, target: Target) -> dict[str, Any]:
        """Return what the operator decided about a member or a server."""
        return {
            "target": target,
            "ban": await self._bans.find(target),
            "limits": await self._limits.own(target),
        }


def _chart(days: Sequence[UsageReport]) -> list[Bar]:
    """Return a bar for each day from the first one with requests to the last."""
    pictures = {day.id or 0: day.pictures for day in days}
    shown = range(min(pictures, default=0), max(pictures, default=-1) + 1)
    return bars({format_day(day): (pictures.get(day, 0), str(pictures.get(day, 0))) for day in shown})
