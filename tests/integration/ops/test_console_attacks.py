"""The console against requests that no form of its own sends."""

from __future__ import annotations

import asyncio
import re
import socket
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from bot.app import App, open_app
from bot.domain.controls.acts import Operator, Target
from bot.domain.models.processes import ProcessState
from bot.ops.console import guard, listener, live
from bot.ops.console.guard import COOKIE
from bot.ops.console.server import create_console
from tests.support.console import MEMBER, PASSWORD, Browser, NoGateway, console_settings, open_browser, page

OPERATOR = Operator(who="test", origin="here")
SLOW_FORM = (
    b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\nExpect: 100-continue\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[App]:
    settings = console_settings(tmp_path_factory.mktemp("data"), CONSOLE_PASSWORD=PASSWORD)
    async with open_app(settings, durable=False) as app:
        yield app


@pytest_asyncio.fixture(loop_scope="module")
async def browser(app: App) -> AsyncGenerator[Browser]:
    """A browser that is signed in."""
    async with open_browser(app) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/..%2f..%2f..%2f..%2fetc/passwd",
        "/static//etc/passwd",
        "/static/%00",
        "/static/",
    ],
)
async def test_only_files_of_the_console_are_served(browser: Browser, path: str) -> None:
    url = f"http://127.0.0.1:{browser.port}{path}"
    async with aiohttp.ClientSession() as plain, plain.get(URL(url, encoded=True)) as response:
        assert response.status in (400, 403, 404) or response.url.path == "/sign-in"
        assert "root:" not in (text := await response.text())
        assert "create_console" not in text


@pytest.mark.parametrize(
    "query",
    [
        "/jobs?before=-1&state=no-such-state&sort=cost%3Bdrop",
        "/jobs?member=-5&server=abc&error=%00",
        "/jobs?error=<script>alert(1)</script>",
        f"/jobs?member={'9' * 40}",
        "/jobs?id=abc",
        "/members?days=-7",
        "/costs?days=999999",
        "/audit?before=-3",
        f"/jobs?error={'x' * 3000}",
    ],
)
async def test_odd_queries_show_a_page_or_nothing(browser: Browser, query: str) -> None:
    async with browser.get(query) as response:
        assert response.status in (200, 404)
        assert "<script>alert" not in await response.text()


async def test_a_query_that_is_too_long_is_refused(browser: Browser) -> None:
    async with browser.get(f"/jobs?error={'x' * 100_000}") as response:
        assert response.status == 400


async def test_forged_and_chosen_cookies_are_no_session(browser: Browser) -> None:
    chosen = "chosen-by-somebody-else"
    url = f"http://127.0.0.1:{browser.port}"
    headers = {"Cookie": f"{COOKIE}={chosen}"}
    password = {"password": PASSWORD}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers=headers) as other:
        async with other.get(f"{url}/jobs", allow_redirects=False) as response:
            assert response.status == 302
        async with other.post(f"{url}/sign-in", data=password, allow_redirects=False) as response:
            given = re.findall(rf"{COOKIE}=([^;]+)", response.headers["Set-Cookie"])
        assert len(given) == 1
        assert given != [chosen]
        async with other.get(f"{url}/jobs", allow_redirects=False) as response:
            assert response.status == 302


async def test_guesses_from_many_addresses_are_slowed_down_together(browser: Browser) -> None:
    statuses: list[int] = []
    for number in range(11):
        headers = {"X-Forwarded-For": f"192.0.2.{number}"}
        async with browser.post("/sign-in", data={"password": "wrong"}, headers=headers) as response:
            statuses.append(response.status)
    assert statuses == [403] * 10 + [429]


async def test_a_form_that_arrives_too_slowly_is_refused(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "FORM_TIMEOUT", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", browser.port)
    head = "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n"
    writer.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\npassword=".encode())
    assert b" 408 " in await reader.readline()
    writer.close()


async def test_no_more_than_so_many_connections_are_kept(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MOST_CONNECTIONS", 2)
    async with serving(app) as port:
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for reader, writer in kept:
            writer.write(SLOW_FORM)
            assert b" 100 " in await reader.readline()
        refused, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await refused.read() == b""
        for _, each in (*kept, (refused, writer)):
            each.close()


@pytest.mark.parametrize("head", [b"", b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
async def test_connections_that_bring_no_request_are_closed(
    app: App, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(listener, "REQUEST_TIMEOUT", 0.05)
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        assert await reader.read() == b""
        writer.close()


async def test_a_connection_is_closed_after_its_response(app: App) -> None:
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"Connection: close" in await reader.read()
        writer.close()


async def test_hundreds_of_open_streams_leave_the_pages_usable(browser: Browser) -> None:
    streams = [await browser.get("/events") for _ in range(200)]
    statuses = Counter(each.status for each in streams)
    assert statuses == {200: 20, 503: 180}
    async with browser.get("/jobs") as response:
        assert response.status == 200
    for each in streams:
        each.close()


async def test_a_stream_ends_with_its_session(
    app: App, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_INTERVAL", 0.01)
    (csrf,) = re.findall(r'name="csrf" value="([^"]+)"', await page(browser, "/jobs"))
    async with browser.get("/events") as stream:
        await stream.content.readuntil(b"\n\n")
        async with browser.post("/sign-out", data={"csrf": csrf}) as response:
            assert response.url.path == "/sign-in"
        await stream.content.read()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/jobs", "/acts/pause", "/events", "/sign-in"])
async def test_only_reading_and_forms_are_answered(browser: Browser, method: str, path: str) -> None:
    async with browser.request(method, path) as response:
        assert response.status == 405


async def test_signing_in_again_ends_the_browsers_earlier_session(browser: Browser) -> None:
    def key() -> str:
        return browser.session.cookie_jar.filter_cookies(browser.make_url("/"))[COOKIE].value

    earlier = key()
    await browser.post("/sign-in", data={"password": PASSWORD})
    assert key() != earlier
    headers = {"Cookie": f"{COOKIE}={earlier}"}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers=headers) as other,
        other.get(browser.make_url("/jobs"), allow_redirects=False) as response,
    ):
        assert response.status == 302


async def test_texts_from_members_and_processes_are_shown_as_text(app: App) -> None:
    script = "<img src=x onerror=alert(1)>"
    state = ProcessState(role=script, version=script, host=script, problem=script)
    await app.operator.processes.report(state)
    await app.operator.global_pause.pause(script, by=OPERATOR, reason=script)
    member = Target(kind="member", id=MEMBER)
    await app.operator.bans.ban(member, by=OPERATOR, reason=script)
    paths = ("/", "/audit", f"/members/{MEMBER}", "/acts/pause")
    # Opened afterwards, as a page shows what was read a moment before.
    async with open_browser(app) as browser:
        found = [await page(browser, path) for path in paths]
        async with browser.get("/events") as response:
            found.append((await response.content.readuntil(b"\n\n")).decode())
    for text in found:
        assert "<img" not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text
    await app.operator.bans.unban(member, by=OPERATOR)
    await app.operator.global_pause.resume(by=OPERATOR)


@asynccontextmanager
async def serving(app: App) -> AsyncGenerator[int]:
    """Serve a console as a process does, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with create_console(app, NoGateway()).serve("127.0.0.1", port):
        yield port
