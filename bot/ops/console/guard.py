"""What every reply of the console goes through: headers, the host that was asked for, and the session."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.config.setting_values import is_loopback
from bot.ops.console.access import Access, Session

COOKIE = "jimeng_console"
SESSION = web.RequestKey("session", Session)
_OPEN = ("/sign-in", "/static/")
"""Paths that need no session."""
FORM_TIMEOUT = 10.0
"""Seconds in which a form must arrive."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def security_headers() -> Middleware:
    """Return what adds headers that let pages load nothing from elsewhere."""

    @web.middleware
    async def add(request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    return add


def stream_headers() -> dict[str, str]:
    """Return the same headers for a response that is sent as it comes."""
    return {**_HEADERS, "Content-Type": "text/event-stream"}


def require_session(access: Access) -> Middleware:
    """Return what lets signed-in browsers pass, and forms only with their session's secret."""

    @web.middleware
    async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if request.method == "POST":
            _require_same_origin(request)
            await _read_form(request)
        if not access.needs_password:
            _require_local_host(request)
        elif request.path.startswith(_OPEN):
            return await handler(request)
        session = _session(access, request)
        if session is None:
            raise web.HTTPFound("/sign-in")
        request[SESSION] = session
        if request.method == "POST":
            given = str((await request.post()).get("csrf", ""))
            if not hmac.compare_digest(given.encode(), session.csrf.encode()):
                raise web.HTTPForbidden(text="This form is outdated. Load the page again.")
        return await handler(request)

    return check


def is_signed_in(access: Access, request: web.Request) -> bool:
    """Whether the session of a request goes on."""
    return _session(access, request) is not None


async def _read_form(request: web.Request) -> None:
    """Read a form, which the request keeps; one that is sent too slowly is refused."""
    try:
        async with asyncio.timeout(FORM_TIMEOUT):
            await request.post()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error


def _session(access: Access, request: web.Request) -> Session | None:
    if not access.needs_password:
        return access.anonymous
    return access.session(request.cookies.get(COOKIE, ""))


def _require_same_origin(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in ("same-origin", "none") or (origin and origin.partition("://")[2] != request.host):
        raise web.HTTPForbidden(text="This form comes from another page.")


def _require_local_host(request: web.Request) -> None:
    """Refuse names: without a password, a page elsewhere could point one of its own at this machine."""
    if not is_loopback(request.url.host or ""):
        raise web.HTTPForbidden(
            text="Without CONSOLE_PASSWORD the console answers to 127.0.0.1 and localhost."
        )
