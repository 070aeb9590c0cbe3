"""The page of costs, and the same as a table for other programs."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence

from aiohttp import web

from bot.domain.models.reports import CostReport, CostSummary
from bot.ops.console.charts import Bar, bars
from bot.ops.console.pages.page import PageRenderer, chosen_days
from bot.ops.console.rendering import format_day
from bot.services.operator.reports import ReportService

DAYS = (7, 30)
"""The choices of how many days costs are shown for."""


class CostPages:
    """Shows what requests cost, by day, model and server."""

    def __init__(self, reports: ReportService, renderer: PageRenderer) -> None:
        self._reports = reports
        self._renderer = renderer

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of the pages."""
        return [web.get("/costs", self.costs), web.get("/costs.csv", self.table)]

    async def costs(self, request: web.Request) -> web.Response:
        """Show what requests cost."""
        days = chosen_days(request, DAYS)
        found = [(each, _chart(each)) for each in await self._reports.cost_summaries(days)]
        return self._renderer.page(request, "costs.html", days=days, choices=DAYS, summaries=found)

    async def table(self, request: web.Request) -> web.Response:
        """Return the costs as CSV."""
        costs = await self._reports.costs(chosen_days(request, DAYS))
        return web.Response(
            # On a thread: they can be many.
            text=await asyncio.to_thread(_write_csv, costs),
            content_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="costs.csv"'},
        )


def _write_csv(costs: Sequence[CostReport]) -> str:
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(("day", "model", "server", "requests", "cost", "currency"))
    days = {day: format_day(day) for day in {each.day for each in costs}}
    table.writerows(
        (days[each.day], each.model, each.guild_id, each.requests, f"{each.cost / 1e6:.6f}", each.currency)
        for each in costs
    )
    return written.getvalue()


def _chart(summary: CostSummary) -> list[Bar]:
    """Return a bar for each day from the first one with costs to the last."""
    shown = range(min(summary.days), max(summary.days) + 1)
    costs = {day: summary.days.get(day, 0) for day in shown}
    return bars({format_day(day): (cost, f"{cost / 1e6:,.2f}") for day, cost in costs.items()})
