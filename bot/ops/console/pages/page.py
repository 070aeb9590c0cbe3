"""What all pages share: rendering a template for a request, and reading numbers from its address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web
from jinja2 import Environment

from bot.domain.controls.acts import Operator
from bot.ops.console.guard import SESSION


class PageRenderer:
    """Renders templates with what the layout needs."""

    def __init__(self, environment: Environment, *, needs_password: bool) -> None:
        self._environment = environment
        self._needs_password = needs_password

    def page(self, request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """Return a page."""
        session = request[SESSION]
        notices = list(session.notices)
        session.notices.clear()
        page = self._environment.get_template(template).render(
            path=request.path,
            csrf=session.csrf,
            notices=notices,
            signed_in=self._needs_password,
            **values,
        )
        return web.Response(text=page, content_type="text/html", status=status)

    def not_found(self, request: web.Request, what: str) -> web.Response:
        """Return a page that says that something doesn't exist."""
        return self.page(request, "not_found.html", status=404, what=what)


def number(text: str) -> int | None:
    """Return a positive number that a column can hold; None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def chosen_days(request: web.Request, choices: Sequence[int]) -> int:
    """Return the number of days that a page is asked for, the first of ``choices`` by default."""
    days = number(request.query.get("days", ""))
    return choices[0] if days is None or days not in choices else days


def operator_of(request: web.Request) -> Operator:
    """Return who acts: the console has one password, so that only the address tells."""
    return Operator(who="console", origin=(request.remote or "")[:64])
