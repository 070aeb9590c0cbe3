"""What a browser reads when it isn't answered with what it asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot.ops.console.error_pages import error_pages
from bot.ops.console.rendering import create_environment
from bot.store.errors import DatabaseOutage

ENVIRONMENT = create_environment(lambda _: None)


async def answer(error: BaseException) -> tuple[int, str]:
    explain: Callable[..., Awaitable[web.StreamResponse]] = error_pages(ENVIRONMENT, read_timeout=3600)

    async def fail(_: web.Request) -> web.StreamResponse:
        raise error

    response = await explain(make_mocked_request("GET", "/jobs"), fail)
    assert isinstance(response, web.Response)
    assert response.content_type == "text/html"
    return response.status, response.text or ""


async def test_a_refusal_is_a_page_with_its_own_words_or_those_of_its_kind() -> None:
    status, text = await answer(web.HTTPForbidden(text="This form is <outdated>."))
    assert (status, "This form is &lt;outdated&gt;." in text) == (403, True)
    status, text = await answer(web.HTTPNotFound())
    assert (status, "There is no such page" in text, "404" in text) == (404, True, False)
    status, text = await answer(web.HTTPServiceUnavailable())
    assert (status, "Too many pages" in text) == (503, True)


async def test_an_outage_of_the_database_is_named(caplog: pytest.LogCaptureFixture) -> None:
    status, text = await answer(DatabaseOutage("the database is unavailable"))
    assert (status, "The database doesn&#39;t answer" in text) == (503, True)
    assert not [each for each in caplog.records if each.name == error_pages.__module__]


async def test_a_page_that_the_database_keeps_waiting_is_given_up() -> None:
    explain: Callable[..., Awaitable[web.StreamResponse]] = error_pages(ENVIRONMENT, read_timeout=0.01)

    async def wait(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    response = await explain(make_mocked_request("GET", "/audit"), wait)
    assert response.status == 503


async def test_a_fault_is_logged_and_its_page_has_none_of_it(caplog: pytest.LogCaptureFixture) -> None:
    status, text = await answer(RuntimeError("a detail"))
    assert (status, "Something went wrong" in text, "a detail" in text) == (500, True, False)
    assert "can't answer /jobs" in caplog.text


async def test_a_redirection_stays_one() -> None:
    with pytest.raises(web.HTTPFound):
        await answer(web.HTTPFound("/sign-in"))
