"""The pages of requests."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from bot.domain.controls.acts import Act, Target
from bot.domain.ids import MAX_ID
from bot.domain.models.reports import JobQuery, JobReport
from bot.ops.console.pages.page import PageRenderer, number, operator_of
from bot.ops.console.timeline import timeline
from bot.services.operator.audit import OperatorAudit
from bot.services.operator.reports import ReportService

_STATES = ("waiting", "running", "drawn", "failed", "done", "cancelled")
_FIELDS = ("id", "member", "server", "state", "error")


class JobPages:
    """Lists requests and shows each."""

    def __init__(
        self, reports: ReportService, audit: OperatorAudit, renderer: PageRenderer, *, shows_prompts: bool
    ) -> None:
        self._reports = reports
        self._audit = audit
        self._shows_prompts = shows_prompts
        self._renderer = renderer

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of the pages."""
        pages = [web.get("/jobs", self.jobs), web.get(r"/jobs/{id:\d{1,19}}", self.job)]
        if self._shows_prompts:
            # Sent like an act, as each look is recorded.
            pages.append(web.post(r"/jobs/{id:\d{1,19}}", self.prompt))
        return pages

    async def jobs(self, request: web.Request) -> web.Response:
        """List requests; a number alone leads to its request."""
        form = {name: request.query.get(name, "").strip() for name in _FIELDS}
        if form["id"]:
            raise web.HTTPFound(f"/jobs/{number(form['id']) or 0}")
        query = JobQuery(
            user_id=number(form["member"]),
            guild_id=number(form["server"]),
            state=form["state"] or None,
            problem=form["error"] or None,
            before=number(request.query.get("before", "")),
        )
        found, before = await self._reports.jobs(query)
        more = urlencode({**{name: text for name, text in form.items() if text}, "before": before or ""})
        return self._renderer.page(
            request, "jobs.html", form=form, jobs=found, states=_STATES, more=more if before else None
        )

    async def job(self, request: web.Request) -> web.Response:
        """Show a request's life."""
        job_id = int(request.match_info["id"])
        job = await self._reports.job(job_id) if job_id <= MAX_ID else None
        if job is None:
            return self._renderer.not_found(request, f"Request {job_id}")
        return self._page(request, job)

    async def prompt(self, request: web.Request) -> web.Response:
        """Show a request with its prompt, and record that it was looked at."""
        job_id = int(request.match_info["id"])
        job = await self._reports.job(job_id) if job_id <= MAX_ID else None
        if job is None:
            return self._renderer.not_found(request, f"Request {job_id}")
        target = Target(kind="request", id=job_id)
        await self._audit.record(Act(by=operator_of(request), name="prompt", target=target))
        return self._page(request, job, prompt=await self._reports.prompt(job_id))

    def _page(self, request: web.Request, job: JobReport, prompt: str | None = None) -> web.Response:
        return self._renderer.page(
            request,
            "job.html",
            job=job,
            steps=timeline(job),
            prompt=prompt,
            shows_prompts=self._shows_prompts,
        )
