"""A console with requests of one member in one server, and a client that is signed in."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import App
from bot.config.settings import Settings
from bot.domain.models import Draft, ImageRequest, Job, ReplyTo, Requester
from bot.ops.console.server import create_console
from bot.ops.health import Working

PASSWORD = "correct-horse-battery"
GUILD, MEMBER = 77, 501
Browser = TestClient[web.Request, web.Application]


class NoGateway:
    """A client without a gateway."""

    def worker_problem(self) -> str | None:
        return None


def console_settings(folder: object, **more: str) -> Settings:
    """Return settings with data in a folder and a relay that doesn't answer; without a password."""
    relay = {"RELAY_URL": "http://127.0.0.1:9", "RELAY_TOKEN": "t"}
    return Settings.from_env({"DATA_DIR": str(folder), **relay, "MEMBER_WAITING": "100", **more})


async def add_job(app: App, number: int, *, prompt: str = "a fox", count: int = 1) -> Job:
    """Accept a request."""
    draft = Draft(kind="imagine", request=ImageRequest(prompt=prompt), count=count)
    requester = Requester(
        user_id=MEMBER, channel_id=2, guild_id=GUILD, locale="en-US", guild_locale=None, upload_limit=10
    )
    to = ReplyTo(
        interaction_id=number, application_id=1, token="t", message_id=7, ephemeral=False, expires_at=9e9
    )
    job = await app.stores.jobs.add(draft, requester, to, now=app.clock(), deadline=app.clock() + 3600)
    assert job is not None
    return job


def serve_console(app: App, client: Working | None = None) -> TestServer:
    """Return a server of an app's console, in the process of a client."""
    return TestServer(create_console(app, client or NoGateway(), database_timeout=3600).application())


@asynccontextmanager
async def open_browser(
    app: App, client: Working | None = None, *, signed_in: bool = True
) -> AsyncGenerator[Browser]:
    """Open a client that keeps cookies, on the console in the process of a client of Discord."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with TestClient(serve_console(app, client), cookie_jar=jar) as browser:
        if signed_in:
            await browser.post("/sign-in", data={"password": PASSWORD})
        yield browser


async def page(browser: Browser, path: str) -> str:
    """Return a page that is found."""
    async with browser.get(path) as response:
        assert response.status == 200, path
        return await response.text()


async def send(browser: Browser, path: str, status: int = 200, **values: str) -> str:
    """Send the form of an act as its page has it, with values; return the page that follows."""
    form = await page(browser, path)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', form))
    async with browser.post(path.partition("?")[0], data={**hidden, **values}) as response:
        assert response.status == status
        return await response.text()
