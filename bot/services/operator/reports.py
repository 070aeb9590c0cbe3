"""What the operator asks about requests, servers, members and costs."""

from __future__ import annotations

from bot.domain.daily_limits import utc_day
from bot.domain.models import Activity
from bot.domain.models.reports import CostReport, CostSummary, JobQuery, JobReport, UsageReport
from bot.domain.ports import Clock
from bot.store.operator.activity import ActivityStore
from bot.store.operator.reports import ReportStore
from bot.store.operator.usage_reports import UsageReportStore

_PAGE = 50
_DAYS_SHOWN = 30
"""UTC days for which a server's or a member's use is listed."""


class ReportService:
    """Reads reports of a bounded time; none but ``prompt`` has a prompt."""

    def __init__(
        self, reports: ReportStore, usage: UsageReportStore, activity: ActivityStore, clock: Clock
    ) -> None:
        self._reports = reports
        self._usage = usage
        self._activity = activity
        self._clock = clock

    async def activity(self) -> Activity:
        """Return what was done lately, and by which workers."""
        return await self._activity.read(now=self._clock())

    async def jobs(self, query: JobQuery) -> tuple[list[JobReport], int | None]:
        """Return a page of requests, newest first, and the id before which the next page begins."""
        found = await self._reports.jobs(query, most=_PAGE + 1)
        return found[:_PAGE], found[_PAGE - 1].id if len(found) > _PAGE else None

    async def job(self, job_id: int) -> JobReport | None:
        """Return a request; None if there is none with this id."""
        return await self._reports.job(job_id)

    async def prompt(self, job_id: int) -> str | None:
        """Return a request's prompt, which nothing else of the operator's shows; None if there is none."""
        return await self._reports.prompt(job_id)

    async def servers(self, days: int) -> list[UsageReport]:
        """Return the servers with requests today and on the UTC days before, ``days`` in all."""
        return await self._usage.servers(days=self._last(days))

    async def members(self, days: int) -> list[UsageReport]:
        """Return the members with requests today and on the UTC days before, ``days`` in all."""
        return await self._usage.members(days=self._last(days))

    async def days_of_server(self, guild_id: int) -> list[UsageReport]:
        """Return the use of a server on each UTC day lately that it has requests of."""
        return await self._usage.days_of_server(guild_id, days=self._last(_DAYS_SHOWN))

    async def days_of_member(self, user_id: int) -> list[UsageReport]:
        """Return the use of a member on each UTC day lately that they have requests of."""
        return await self._usage.days_of_member(user_id, days=self._last(_DAYS_SHOWN))

    async def costs(self, days: int) -> list[CostReport]:
        """Return what requests cost today and on the UTC days before, ``days`` in all."""
        return await self._usage.costs(since=self._first_of(days))

    async def cost_summaries(self, days: int) -> list[CostSummary]:
        """Return the same added up in each currency."""
        return await self._usage.cost_summaries(since=self._first_of(days))

    def _first_of(self, days: int) -> int:
        return utc_day(self._clock()) - days + 1

    def _last(self, days: int) -> range:
        return range(self._first_of(days), utc_day(self._clock()) + 1)
