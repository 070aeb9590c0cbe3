"""The page of what operators did."""

from __future__ import annotations

from aiohttp import web

from bot.ops.console.pages.page import PageRenderer, number
from bot.services.operator.audit import OperatorAudit

_PAGE = 50


class AuditPages:
    """Lists acts, newest first."""

    def __init__(self, audit: OperatorAudit, renderer: PageRenderer) -> None:
        self._audit = audit
        self._renderer = renderer

    def routes(self) -> list[web.RouteDef]:
        """Return the path of the page."""
        return [web.get("/audit", self.acts)]

    async def acts(self, request: web.Request) -> web.Response:
        """Show a page of acts."""
        before = number(request.query.get("before", ""))
        found = await self._audit.recent(before=before, most=_PAGE + 1)
        more = found[_PAGE - 1].id if len(found) > _PAGE else None
        return self._renderer.page(request, "audit.html", acts=found[:_PAGE], more=more)
