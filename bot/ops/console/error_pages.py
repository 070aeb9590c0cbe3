"""Pages that say why a request of the browser isn't answered with what it asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware
from jinja2 import Environment

from bot.store.db.outage import is_unavailable
from bot.store.errors import DatabaseOutage

log = logging.getLogger(__name__)

_EXPLANATIONS = {
    403: ("Refused", "This isn't allowed."),
    404: ("Not found", "There is no such page, or what it was about doesn't exist."),
    405: ("Not allowed", "This address doesn't take such requests."),
    408: ("Too slow", "The form took too long to arrive. Send it again."),
    413: ("Too large", "The form is too large."),
    503: (
        "Too many pages",
        "Too many pages are kept up to date at once. Close some, and load this one.",
    ),
}
_UNAVAILABLE = (
    "The database doesn't answer",
    "Load the page again in a moment. The log says what is wrong.",
)
_FAULT = ("Something went wrong", "This is a fault of the bot's own; the log has its traceback.")
_STREAM = "/events"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def error_pages(environment: Environment, *, read_timeout: float) -> Middleware:
    """Return what answers refusals and errors with a page of their own.

    So it does after ``read_timeout`` seconds: the database's own retries take longer.
    """
    template = environment.get_template("error.html")

    def page(status: int, title: str, explanation: str) -> web.Response:
        text = template.render(title=title, explanation=explanation)
        return web.Response(text=text, content_type="text/html", status=status)

    @web.middleware
    async def explain(request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            async with asyncio.timeout(read_timeout if _is_page(request) else None):
                return await handler(request)
        except web.HTTPClientError as error:
            title, explanation = _EXPLANATIONS.get(error.status, (error.reason, ""))
            own = error.text if error.text != f"{error.status}: {error.reason}" else ""
            return page(error.status, title, own or explanation)
        except web.HTTPServiceUnavailable as error:
            return page(error.status, *_EXPLANATIONS[error.status])
        except web.HTTPException:
            raise  # a redirection
        except Exception as error:
            if isinstance(error, DatabaseOutage | TimeoutError) or is_unavailable(error):
                return page(503, *_UNAVAILABLE)
            log.exception("the console can't answer %s", request.path)
            return page(500, *_FAULT)

    return explain


def _is_page(request: web.Request) -> bool:
    return request.method == "GET" and request.path != _STREAM
