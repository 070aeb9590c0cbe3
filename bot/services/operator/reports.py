"""What the operator asks about requests, servers, members and costs."""

from __future__ import annotations

from bot.domain.models import Activity
from bot.domain.models.reports import CostReport, JobQuery, JobReport, UsageReport
from bot.domain.ports import Clock
from bot.store.operator.activity import ActivityStore
from bot.store.operator.reports import ReportStore

_DAY = 86_400.0
_PAGE = 50


class ReportService:
    """Reads reports of a bounded time; none of them has a prompt."""

    def __init__(self, reports: ReportStore, activity: ActivityStore, clock: Clock) -> None:
        self._reports = reports
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

    async def servers(self) -> list[UsageReport]:
        """Return the servers with requests in the last 24 hours."""
        return await self._reports.servers(since=self._clock() - _DAY)

    async def members(self) -> list[UsageReport]:
        """Return the members with requests in the last 24 hours."""
        return await self._reports.members(since=self._clock() - _DAY)

    async def costs(self, days: int) -> list[CostReport]:
        """Return what requests cost today and on the UTC days before, ``days`` in all."""
        today = self._clock() // _DAY
        return await self._reports.costs(since=(today - days + 1) * _DAY)
