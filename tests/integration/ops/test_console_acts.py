"""Acts of the console: confirmed by a form of the session, done once, and audited."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient

from bot.app import App, open_app
from bot.domain.controls.acts import Operator, Target
from bot.domain.controls.own_limits import OwnLimits
from bot.domain.models import DeliveredMessage, Job
from tests.support.console import (
    GUILD,
    MEMBER,
    PASSWORD,
    Browser,
    add_job,
    console_settings,
    open_browser,
    page,
    send,
    serve_console,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMPT = "a secret <b>garden</b>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[App]:
    prompts = {"CONSOLE_PASSWORD": PASSWORD, "CONSOLE_PROMPTS": "true"}
    async with open_app(console_settings(tmp_path_factory.mktemp("data"), **prompts), durable=False) as app:
        yield app


@pytest_asyncio.fixture(loop_scope="module")
async def browser(app: App) -> AsyncGenerator[Browser]:
    """A browser that is signed in."""
    async with open_browser(app) as client:
        yield client


async def end_without_a_picture(app: App) -> Job:
    """End the only waiting request."""
    (job,) = await app.stores.jobs.claim("w", capacity=9, now=app.clock(), lease=app.clock() + 60)
    failed = await app.stores.jobs.mark_failed(job, "w", "relay-busy", {})
    assert failed is not None
    there = DeliveredMessage(channel_id=2, message_id=9)
    await app.stores.jobs.finish(failed, "w", there, now=app.clock())
    return failed


async def acts(app: App) -> list[tuple[str, str]]:
    return [(each.act.name, str(each.act.target or "")) for each in await app.operator.audit.recent()]


async def test_a_request_is_cancelled_and_its_card_is_told(app: App, browser: Browser) -> None:
    job = await add_job(app, 1, prompt=PROMPT)
    told: list[Job] = []
    app.operator.request_acts.subscribe(told.extend)
    # Looking at the form does nothing.
    assert "Cancel the request" in await page(browser, f"/acts/cancel?request={job.id}")
    after = await send(browser, f"/acts/cancel?request={job.id}", reason="<i>spam</i>")
    assert f"Request {job.id} is cancelled." in after
    assert "cancelled" in after
    assert [(each.id, each.reply_to and each.reply_to.token) for each in told] == [(job.id, "t")]
    assert (await acts(app))[0] == ("cancel", f"request {job.id}")
    assert "&lt;i&gt;spam&lt;/i&gt;" in await page(browser, "/audit")
    # A notice is shown once, and what is done can't be done again.
    assert "is cancelled." not in await page(browser, f"/jobs/{job.id}")
    refused = await send(browser, f"/acts/cancel?request={job.id}", status=409)
    assert "Only a request that waits or runs" in refused


async def test_a_request_that_ended_without_a_picture_is_drawn_again(app: App, browser: Browser) -> None:
    await add_job(app, 2, prompt=PROMPT)
    job = await end_without_a_picture(app)
    assert "is in the queue" in await send(browser, f"/acts/retry?request={job.id}")
    again = await app.stores.jobs.get(job.id)
    assert again is not None
    assert (again.state, again.attempts, again.problem, again.message_id) == ("waiting", 0, None, 9)
    (claimed,) = await app.stores.jobs.claim("w", capacity=9, now=app.clock(), lease=app.clock() + 60)
    assert claimed.id == job.id
    assert "Only a request that waits" in await send(browser, f"/acts/retry?request={job.id}", status=409)


async def test_a_retry_beyond_a_daily_limit_is_refused_in_words(app: App, browser: Browser) -> None:
    await add_job(app, 10, prompt=PROMPT)
    job = await end_without_a_picture(app)
    member = Target(kind="member", id=MEMBER)
    await app.operator.limits.set(member, OwnLimits(pictures=0), by=Operator(who="test", origin="here"))
    refused = await send(browser, f"/acts/retry?request={job.id}", status=409)
    assert "The member&#39;s limit of pictures for today is used up." in refused
    await app.operator.limits.set(member, OwnLimits(), by=Operator(who="test", origin="here"))
    await send(browser, f"/acts/retry?request={job.id}")
    assert "pictures: 1" in await page(browser, "/audit")


async def test_members_and_servers_are_limited_and_banned(app: App, browser: Browser) -> None:
    for target in (Target(kind="member", id=MEMBER), Target(kind="server", id=GUILD)):
        query = f"{target.kind}={target.id}"
        after = await send(browser, f"/acts/limits?{query}", pictures="7", cost="2.50", reason="")
        assert f"The limits of {target} are set." in after
        assert 'value="2.5"' in await page(browser, f"/acts/limits?{query}")
        refused = await send(browser, f"/acts/limits?{query}", status=409, pictures="-3", cost="")
        assert "is a whole number" in refused
        assert 'value="-3"' in refused
        after = await send(browser, f"/acts/ban?{query}", hours="24", reason="spam")
        assert "banned until" in after
        assert await app.operator.bans.find(target) is not None
        await send(browser, f"/acts/unban?{query}")
        assert await app.operator.bans.find(target) is None


async def test_everything_is_paused_with_a_notice_and_goes_on(app: App, browser: Browser) -> None:
    await send(browser, "/acts/pause", notice="back at noon", reason="")
    pause = await app.operator.global_pause.current()
    assert pause is not None
    assert pause.notice == "back at noon"
    assert "begun again" in await send(browser, "/acts/resume")
    assert "Nothing is paused" in await send(browser, "/acts/resume", status=409)


async def test_the_level_of_the_log_is_changed(browser: Browser) -> None:
    root, before = logging.getLogger(), logging.getLogger().level
    try:
        assert "log at Error" in await send(browser, "/acts/log-level", level="ERROR")
        assert root.level == logging.ERROR
        await send(browser, "/acts/log-level", status=409, level="LOUD")
    finally:
        root.setLevel(before)


async def test_a_prompt_is_shown_on_demand_and_each_look_is_audited(app: App, browser: Browser) -> None:
    job = await add_job(app, 3, prompt=PROMPT)
    shown = await page(browser, f"/jobs/{job.id}")
    assert "secret" not in shown
    (csrf,) = set(re.findall(r'name="csrf" value="([^"]+)"', shown))
    async with browser.post(f"/jobs/{job.id}", data={"csrf": csrf}) as response:
        assert "a secret &lt;b&gt;garden&lt;/b&gt;" in await response.text()
    assert (await acts(app))[0] == ("prompt", f"request {job.id}")


@pytest.mark.parametrize(
    "path",
    ["/acts/cancel", "/acts/cancel?member=5", "/acts/ban?member=x", "/acts/nothing", "/acts/leave?server=0"],
)
async def test_an_act_without_a_target_of_its_kind_does_not_exist(browser: Browser, path: str) -> None:
    async with browser.get(path) as response:
        assert response.status == 404


async def test_no_act_is_done_without_the_secret_of_the_session(app: App, browser: Browser) -> None:
    before = await acts(app)
    forged = {"Origin": "https://elsewhere.example"}
    for data, headers in (({}, {}), ({"csrf": "guessed"}, {}), ({}, forged)):
        for path in ("/acts/pause", "/jobs/1"):
            async with browser.post(path, data=data, headers=headers) as response:
                assert response.status == 403
    assert await app.operator.global_pause.current() is None
    assert await acts(app) == before


async def test_without_a_password_forms_still_have_a_secret(tmp_path: object) -> None:
    async with (
        open_app(console_settings(tmp_path), durable=False) as alone,
        TestClient(serve_console(alone)) as browser,
    ):
        async with browser.post("/acts/pause", data={"notice": "x"}) as response:
            assert response.status == 403
        await send(browser, "/acts/pause", notice="x", reason="")
        assert await alone.operator.global_pause.current() is not None
        async with browser.post("/jobs/1", data={}) as response:
            assert response.status in (403, 405)  # no prompts are shown
