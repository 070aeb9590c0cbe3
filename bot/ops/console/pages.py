"""The console's pages: each reads what it shows through a service and renders a template."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment

from bot.app import App
from bot.domain.models.reports import CostReport, JobQuery
from bot.ops.console.charts import bars
from bot.ops.console.effective_settings import describe_fields, describe_settings
from bot.ops.console.guard import SESSION
from bot.ops.console.live import LiveState
from bot.ops.console.rendering import DAYS, format_day
from bot.ops.console.timeline import timeline

_STATES = ("waiting", "running", "drawn", "failed", "done", "cancelled")
_LARGEST_ID = 2**63 - 1


class Pages:
    """Renders pages from ``app``'s services."""

    def __init__(self, app: App, live: LiveState, environment: Environment) -> None:
        self._app = app
        self._live = live
        self._environment = environment

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of the pages."""
        return [
            web.get("/", self.now),
            web.get("/jobs", self.jobs),
            web.get(r"/jobs/{id:\d{1,19}}", self.job),
            web.get("/servers", self.servers),
            web.get(r"/servers/{id:\d{1,19}}", self.server),
            web.get("/members", self.members),
            web.get("/costs", self.costs),
            web.get("/costs.csv", self.costs_csv),
            web.get("/settings", self.settings),
        ]

    async def now(self, request: web.Request) -> web.Response:
        """Show what happens now."""
        return self._page(request, "now.html", live=await self._live.html())

    async def jobs(self, request: web.Request) -> web.Response:
        """List requests; a number alone leads to its request."""
        form = {
            name: request.query.get(name, "").strip() for name in ("id", "member", "server", "state", "error")
        }
        if form["id"]:
            raise web.HTTPFound(f"/jobs/{_number(form['id'])}")
        query = JobQuery(
            user_id=_number(form["member"]),
            guild_id=_number(form["server"]),
            state=form["state"] or None,
            problem=form["error"] or None,
            before=_number(request.query.get("before", "")),
        )
        found, before = await self._app.reports.jobs(query)
        more = urlencode({**{name: text for name, text in form.items() if text}, "before": before or ""})
        return self._page(
            request, "jobs.html", form=form, jobs=found, states=_STATES, more=more if before else None
        )

    async def job(self, request: web.Request) -> web.Response:
        """Show a request's life."""
        number = int(request.match_info["id"])
        job = await self._app.reports.job(number) if number <= _LARGEST_ID else None
        if job is None:
            return self._page(request, "not_found.html", status=404, what=f"Request {number}")
        return self._page(request, "job.html", job=job, steps=timeline(job))

    async def servers(self, request: web.Request) -> web.Response:
        """List the servers with requests lately."""
        return self._page(request, "servers.html", servers=await self._app.reports.servers())

    async def server(self, request: web.Request) -> web.Response:
        """Show a server's settings."""
        number = int(request.match_info["id"])
        if number > _LARGEST_ID:
            return self._page(request, "not_found.html", status=404, what=f"Server {number}")
        settings = await self._app.guilds.settings(number)
        return self._page(request, "server.html", id=number, settings=list(describe_fields(settings)))

    async def members(self, request: web.Request) -> web.Response:
        """List the members with requests lately."""
        return self._page(request, "members.html", members=await self._app.reports.members())

    async def costs(self, request: web.Request) -> web.Response:
        """Show what requests cost, by day, model and server."""
        days = _days(request)
        found = await self._app.reports.costs(days)
        currencies = sorted({each.currency for each in found})
        sums = {
            currency: _sums([each for each in found if each.currency == currency]) for currency in currencies
        }
        return self._page(request, "costs.html", days=days, choices=DAYS, sums=sums)

    async def costs_csv(self, request: web.Request) -> web.Response:
        """Return the same as a table for other programs."""
        written = io.StringIO()
        table = csv.writer(written)
        table.writerow(("day", "model", "server", "requests", "cost", "currency"))
        for each in await self._app.reports.costs(_days(request)):
            cost = f"{each.cost / 1e6:.6f}"
            table.writerow(
                (format_day(each.day), each.model, each.guild_id, each.requests, cost, each.currency)
            )
        return web.Response(
            text=written.getvalue(),
            content_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="costs.csv"'},
        )

    async def settings(self, request: web.Request) -> web.Response:
        """Show the effective settings, without secrets."""
        settings = list(describe_settings(self._app.settings))
        return self._page(request, "settings.html", settings=settings)

    def _page(self, request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
        session = request.get(SESSION)
        page = self._environment.get_template(template).render(
            path=request.path, csrf=session.csrf if session else None, **values
        )
        return web.Response(text=page, content_type="text/html", status=status)


def _sums(costs: Sequence[CostReport]) -> Mapping[str, Any]:
    """Return the totals of one currency, by day as a chart, by model and by server."""
    days, models, servers = Counter[int](), Counter[str | None](), Counter[int | None]()
    for each in costs:
        days[each.day] += each.cost
        models[each.model] += each.cost
        servers[each.guild_id] += each.cost
    chart = bars({format_day(day): (cost, f"{cost / 1e6:,.2f}") for day, cost in sorted(days.items())})
    return {
        "total": days.total(),
        "chart": chart,
        "models": models.most_common(),
        "servers": servers.most_common(50),
    }


def _days(request: web.Request) -> int:
    days = _number(request.query.get("days", ""))
    return days if days in DAYS else DAYS[0]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
