"""The console in a browser: signed in and used by mouse and keyboard, on a wide screen and a phone."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.app import App, open_app
from bot.domain.controls.acts import Operator
from bot.domain.models import DeliveredMessage, Picture
from bot.domain.models.processes import ProcessState
from tests.support.console import PASSWORD, add_job, console_settings, serve_console

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = (
    "/",
    "/jobs",
    "/jobs/1",
    "/servers",
    "/servers/77",
    "/members",
    "/members/501",
    "/costs",
    "/audit",
    "/settings",
)
OPERATOR = Operator(who="test", origin="here")
SCREENS = ((1200, "light"), (390, "dark"))
SCREENSHOTS = os.environ.get("SCREENSHOTS")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[App]:
    folder = tmp_path_factory.mktemp("data")
    settings = console_settings(folder, CONSOLE_PASSWORD=PASSWORD, CONSOLE_PROMPTS="true")
    async with open_app(settings, durable=False) as app:
        for number in range(1, 6):
            await add_job(app, number)
        await finish_one(app)
        state = ProcessState(
            role="gateway and worker", version="0.1.0", host="host", running=1, shards={0: True, 1: False}
        )
        await app.operator.processes.report(state)
        yield app


async def finish_one(app: App) -> None:
    now = app.clock()
    (job, *_) = await app.stores.jobs.claim(app.process, capacity=2, now=now, lease=now + 60)
    path = app.settings.spool / "1.png"
    picture = Picture(path=path, format="png", width=1, height=1)
    drawn = await app.stores.jobs.mark_drawn(job, app.process, [picture], now=now + 9)
    assert drawn is not None
    there = DeliveredMessage(channel_id=2, message_id=9)
    await app.stores.jobs.finish(drawn, app.process, there, now=now + 10)


@asynccontextmanager
async def open_console(
    app: App, browser: Browser, width: int = 1200, theme: str = "light"
) -> AsyncGenerator[Page]:
    """Open the console's form to sign in, in a window that must report no errors."""
    async with serve_console(app) as server:
        window = await browser.new_context(
            viewport={"width": width, "height": 850},
            color_scheme="dark" if theme == "dark" else "light",
            base_url=str(server.make_url("")),
        )
        async with window:
            page = await window.new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on(
                "console", lambda message: errors.append(message.text) if message.type == "error" else None
            )
            await page.goto("/sign-in")
            yield page
            # The browser also logs refusals that a test provokes.
            assert [error for error in errors if "status of 4" not in error] == []


async def sign_in(page: Page) -> None:
    field = page.get_by_label("Password")
    await expect(field).to_be_focused()
    await field.press_sequentially(PASSWORD)
    await field.press("Enter")
    await expect(page.get_by_role("heading", name="Now")).to_be_visible()


@pytest.mark.parametrize(("width", "theme"), SCREENS)
async def test_every_page_fits_the_screen_and_reports_no_error(
    app: App, browser: Browser, width: int, theme: str
) -> None:
    async with open_console(app, browser, width, theme) as page:
        await sign_in(page)
        for path in PAGES:
            await page.goto(path)
            await expect(page.locator("h1")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
            if SCREENSHOTS:
                name = path.strip("/").replace("/", "-") or "now"
                await page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{theme}.png", full_page=True)


async def test_a_wrong_password_is_refused_and_guessing_is_slowed_down(app: App, browser: Browser) -> None:
    async with open_console(app, browser) as page:
        for _ in range(11):
            await page.get_by_label("Password").fill("wrong")
            await page.keyboard.press("Enter")
            await page.wait_for_load_state()
        await expect(page.get_by_role("alert")).to_contain_text("Too many attempts")


async def test_a_request_is_found_and_cancelled_by_keyboard(app: App, browser: Browser) -> None:
    async with open_console(app, browser) as page:
        await sign_in(page)
        await page.goto("/jobs")
        for label, value in (("Member", "501"), ("Server", "77")):
            await page.get_by_label(label, exact=True).fill(value)
        await page.get_by_label("State").select_option("waiting")
        await page.get_by_label("Error").press("Enter")
        await expect(page.get_by_role("link", name="5", exact=True)).to_be_visible()
        await expect(page.get_by_role("link", name="1", exact=True)).to_be_hidden()
        await page.get_by_label("Request", exact=True).fill("5")
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="Cancel").press("Enter")
        await page.get_by_label("Reason").fill("a test")
        if SCREENSHOTS:
            await page.screenshot(path=Path(SCREENSHOTS) / "act.png")
        await page.get_by_label("Reason").press("Enter")
        await expect(page.get_by_role("status")).to_have_text("Request 5 is cancelled.")
        await page.get_by_role("button", name="Show the prompt").press("Enter")
        await expect(page.get_by_text("a fox")).to_be_visible()
        await page.get_by_role("link", name="Audit").click()
        await expect(page.get_by_role("row", name="prompt")).to_be_visible()
        if SCREENSHOTS:
            await page.screenshot(path=Path(SCREENSHOTS) / "audit-filled.png")


async def test_the_page_follows_what_happens_and_the_keyboard_stays_where_it_is(
    app: App, browser: Browser
) -> None:
    async with open_console(app, browser) as page:
        await sign_in(page)
        await page.get_by_role("link", name="Pause everything").focus()
        await app.operator.global_pause.pause("back at noon", by=OPERATOR)
        try:
            await expect(page.get_by_text("back at noon").last).to_be_visible()
            await expect(page.get_by_role("link", name="Change the notice")).to_be_focused()
            await expect(page.get_by_role("status").last).to_contain_text("Everything is paused")
        finally:
            await app.operator.global_pause.resume(by=OPERATOR)
