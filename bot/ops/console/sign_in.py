"""Signing in and out."""

from __future__ import annotations

import math

from aiohttp import web
from jinja2 import Environment

from bot.ops.console.access import SESSION_LIFETIME, Access
from bot.ops.console.guard import COOKIE


class SignIn:
    """Asks for the password and keeps the session's key in a cookie."""

    def __init__(self, access: Access, environment: Environment) -> None:
        self._access = access
        self._environment = environment

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of the form."""
        return [
            web.get("/sign-in", self.show),
            web.post("/sign-in", self.sign_in),
            web.post("/sign-out", self.sign_out),
        ]

    async def show(self, _: web.Request) -> web.Response:
        """Show the form, where there is a password."""
        if not self._access.needs_password:
            raise web.HTTPFound("/")
        return self._form("")

    async def sign_in(self, request: web.Request) -> web.Response:
        """Begin a session, or show the form again."""
        if (wait := self._access.wait()) > 0:
            seconds = math.ceil(wait)
            response = self._form(f"Too many attempts. Try again in {seconds} s.", 429)
            response.headers["Retry-After"] = str(seconds)
            return response
        key = self._access.sign_in(str((await request.post()).get("password", "")))
        if key is None:
            return self._form("That isn't the password.", 403)
        self._access.sign_out(request.cookies.get(COOKIE, ""))
        found = web.HTTPFound("/")
        secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        found.set_cookie(
            COOKIE, key, max_age=int(SESSION_LIFETIME), httponly=True, samesite="Strict", secure=secure
        )
        raise found

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session."""
        self._access.sign_out(request.cookies.get(COOKIE, ""))
        found = web.HTTPFound("/sign-in")
        found.del_cookie(COOKIE)
        raise found

    def _form(self, problem: str, status: int = 200) -> web.Response:
        page = self._environment.get_template("sign_in.html").render(problem=problem)
        return web.Response(text=page, content_type="text/html", status=status)
