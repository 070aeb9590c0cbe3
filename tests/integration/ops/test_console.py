"""The console over HTTP: what its pages show, and who may see them."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient

from bot.app import App, open_app
from bot.config.settings import Settings, SettingsError
from bot.domain.models.processes import ProcessState
from tests.support.console import (
    GUILD,
    MEMBER,
    PASSWORD,
    Browser,
    add_job,
    console_settings,
    open_browser,
    page,
    serve_console,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMPT = "a secret garden"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[App]:
    folder, secret = tmp_path_factory.mktemp("data"), "relay-token-Zq7"
    settings = console_settings(folder, RELAY_TOKEN=secret, CONSOLE_PASSWORD=PASSWORD)
    async with open_app(settings, durable=False) as app:
        for number in range(1, 61):
            await add_job(app, number, prompt=PROMPT, count=2)
        await app.operator.processes.report(
            ProcessState(role="gateway", version="1", host="h", acknowledged=(0.2, 0.2))
        )
        yield app


@pytest_asyncio.fixture(loop_scope="module")
async def browser(app: App) -> AsyncGenerator[Browser]:
    """A browser that isn't signed in."""
    async with open_browser(app, signed_in=False) as client:
        yield client


async def sign_in(browser: Browser, password: str = PASSWORD) -> aiohttp.ClientResponse:
    return await browser.post("/sign-in", data={"password": password})


async def test_every_page_shows_its_part(browser: Browser) -> None:
    assert (await sign_in(browser)).url.path == "/"
    assert re.search(r"Waiting</span><strong>60</strong><small>120 pictures", await page(browser, "/"))
    assert re.search(r"Acknowledge</th><td class=.n.>0.2 s</td>", await page(browser, "/"))
    assert f'href="/servers/{GUILD}"' in await page(browser, "/servers")
    assert f'href="/members/{MEMBER}"' in await page(browser, "/members")
    assert "Largest" in await page(browser, f"/servers/{GUILD}")
    assert "no model has a price" in await page(browser, "/costs")
    assert (await page(browser, "/costs.csv")).startswith("day,model,server,requests,cost,currency")
    job = await page(browser, "/jobs/60")
    assert "accepted: 2 ×" in job
    assert "Next start" in job


async def test_requests_are_found_and_paged(browser: Browser) -> None:
    await sign_in(browser)
    listed = await page(browser, f"/jobs?member={MEMBER}&state=waiting")
    assert listed.count('<a href="/jobs/') == 50
    (older,) = re.findall(r'href="(/jobs\?[^"]*before=[^"]*)"', listed)
    assert (await page(browser, older.replace("&amp;", "&"))).count('<a href="/jobs/') == 10
    assert "No request fits" in await page(browser, "/jobs?server=1")
    assert "<h1>Request 7</h1>" in await page(browser, "/jobs?id=7")
    async with browser.get("/jobs/9999999") as response:
        assert response.status == 404


async def test_no_prompt_and_no_secret_is_shown(browser: Browser) -> None:
    await sign_in(browser)
    settings = await page(browser, "/settings")
    assert "set, hidden" in settings
    shown = (
        settings + await page(browser, "/jobs/1") + await page(browser, "/jobs") + await page(browser, "/")
    )
    for secret in (PASSWORD, PROMPT, "relay-token-Zq7"):
        assert secret not in shown


async def test_what_changes_is_sent_as_events(browser: Browser) -> None:
    await sign_in(browser)
    async with browser.get("/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert (await response.content.readline()).startswith(b"data: ")


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/1", "/costs.csv", "/settings", "/events"])
async def test_without_a_session_every_page_asks_for_the_password(browser: Browser, path: str) -> None:
    async with browser.get(path, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "/sign-in")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    async with browser.post("/sign-in", data={"password": PASSWORD}, allow_redirects=False) as response:
        cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    headers = {"X-Forwarded-Proto": "https"}
    async with browser.post(
        "/sign-in", data={"password": PASSWORD}, headers=headers, allow_redirects=False
    ) as response:
        assert "Secure" in response.headers["Set-Cookie"]


async def test_a_wrong_password_is_refused_and_guessing_is_slowed_down(browser: Browser) -> None:
    for _ in range(10):
        async with await sign_in(browser, "wrong") as response:
            assert response.status == 403
    async with await sign_in(browser) as response:
        assert response.status == 429
        assert int(response.headers["Retry-After"]) > 0


async def test_forms_of_other_pages_and_without_the_secret_are_refused(browser: Browser) -> None:
    await sign_in(browser)
    for data, headers in (
        ({}, {}),
        ({"csrf": "guessed"}, {}),
        ({}, {"Origin": "https://elsewhere.example"}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        async with browser.post("/sign-out", data=data, headers=headers) as response:
            assert response.status == 403
    (csrf,) = re.findall(r'name="csrf" value="([^"]+)"', await page(browser, "/"))
    async with browser.post("/sign-out", data={"csrf": csrf}) as response:
        assert response.url.path == "/sign-in"
    async with browser.get("/", allow_redirects=False) as response:
        assert response.status == 302


async def test_pages_load_nothing_from_elsewhere_and_have_no_scripts_of_their_own(browser: Browser) -> None:
    await sign_in(browser)
    for path in ("/", "/jobs", "/sign-in", "/nowhere", "/static/console.js"):
        async with browser.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            body = await response.text()
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert response.headers["X-Frame-Options"] == "DENY"
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", body)


async def test_without_a_password_only_this_machines_own_address_is_answered(tmp_path: Path) -> None:
    settings = {"DATA_DIR": str(tmp_path), "RELAY_URL": "http://127.0.0.1:9", "RELAY_TOKEN": "t"}
    async with (
        open_app(Settings.from_env(settings), durable=False) as alone,
        TestClient(serve_console(alone)) as browser,
    ):
        for path in ("/", "/sign-in"):
            assert "<h1>Now</h1>" in await page(browser, path)
        async with browser.get("/", headers={"Host": "rebound.example"}) as response:
            assert response.status == 403


async def test_another_address_needs_a_password() -> None:
    with pytest.raises(SettingsError, match="write a CONSOLE_PASSWORD"):
        Settings.from_env({"CONSOLE_PORT": "8080", "CONSOLE_HOST": "192.0.2.1"})
    with pytest.raises(SettingsError, match="at least 12 characters"):
        Settings.from_env({"CONSOLE_PORT": "8080", "CONSOLE_PASSWORD": "short"})
