"""Queries for results: suggestions for references, and stars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.domain.requests.history_filter import HistoryFilter
from bot.store.history import HistoryStore
from bot.store.queue.jobs import JobStore
from tests.support.store.history import add_finished_job

ALICE, BOB = 1, 7
HERE, ELSEWHERE = 2, 20


@pytest.fixture
def history(engine: Engine, tmp_path: Path) -> HistoryStore:
    return HistoryStore(engine, tmp_path / "spool")


async def found(history: HistoryStore, search: str = "", *, most: int = 25) -> list[str]:
    return [
        job.draft.request.prompt for job in await history.suggestions(ALICE, HERE, search=search, most=most)
    ]


async def test_a_members_own_and_the_channels_results_are_suggested_newest_first(
    history: HistoryStore, jobs: JobStore
) -> None:
    await add_finished_job(jobs, prompt="mine here", user=ALICE, channel=HERE)
    await add_finished_job(jobs, prompt="mine elsewhere", user=ALICE, channel=ELSEWHERE, now=1)
    await add_finished_job(jobs, prompt="theirs here", user=BOB, channel=HERE, now=2)
    await add_finished_job(jobs, prompt="theirs elsewhere", user=BOB, channel=ELSEWHERE, now=3)
    assert await found(history) == ["theirs here", "mine elsewhere", "mine here"]
    assert await found(history, most=2) == ["theirs here", "mine elsewhere"]


async def test_suggestions_are_searched_by_prompt(history: HistoryStore, jobs: JobStore) -> None:
    for prompt in ("A red FOX", "an owl", "100% fox_y"):
        await add_finished_job(jobs, prompt=prompt)
    assert await found(history, "fox") == ["100% fox_y", "A red FOX"]
    assert await found(history, "100%") == ["100% fox_y"]
    assert await found(history, "x_y") == ["100% fox_y"]
    assert await found(history, "%%") == []


@pytest.mark.parametrize("how", [{"ephemeral": True}, {"guest": True}, {"pictures": 0}])
async def test_results_without_a_link_are_not_suggested(
    history: HistoryStore, jobs: JobStore, how: dict[str, Any]
) -> None:
    await add_finished_job(jobs, user=BOB, **how)
    await add_finished_job(jobs, user=ALICE, **how)
    assert await found(history) == []


async def test_only_the_owner_can_star_and_unstar(history: HistoryStore, jobs: JobStore) -> None:
    first, second = await add_finished_job(jobs, prompt="one"), await add_finished_job(jobs, prompt="two")
    assert await history.set_star(first, BOB, starred=True) is None
    starred = await history.set_star(first, ALICE, starred=True)
    assert starred is not None and starred.starred
    assert await history.set_star(first, ALICE, starred=True) == starred
    results = await history.results(ALICE, HistoryFilter(starred=True), page=0, size=4)
    assert [job.id for job in results.jobs] == [first] and results.total == 1
    results = await history.results(ALICE, HistoryFilter(), page=0, size=4)
    assert [(job.id, job.starred) for job in results.jobs] == [(second, False), (first, True)]
    await history.set_star(first, ALICE, starred=False)
    assert (await history.results(ALICE, HistoryFilter(starred=True), page=0, size=4)).total == 0


@pytest.mark.parametrize(
    ("wanted", "shown", "listed"),
    [(-1, 0, [3, 2]), (0, 0, [3, 2]), (1, 1, [1]), (2, 1, [1]), (10**30, 1, [1])],
)
async def test_a_page_that_does_not_exist_is_replaced_by_the_nearest(
    history: HistoryStore, jobs: JobStore, wanted: int, shown: int, listed: list[int]
) -> None:
    ids = [await add_finished_job(jobs, prompt=prompt) for prompt in ("one", "two", "three")]
    page = await history.results(ALICE, HistoryFilter(), page=wanted, size=2)
    assert [job.id for job in page.jobs] == [ids[number - 1] for number in listed]
    assert (page.page, page.pages, page.total) == (shown, 2, 3)


@pytest.mark.parametrize("wanted", [0, 3])
async def test_a_listing_without_results_has_one_empty_page(history: HistoryStore, wanted: int) -> None:
    page = await history.results(ALICE, HistoryFilter(), page=wanted, size=2)
    assert (page.jobs, page.page, page.pages, page.total) == ((), 0, 1, 0)
