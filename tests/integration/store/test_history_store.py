"""What is found among results: to choose a reference from, and by star."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.history import History
from bot.store.queue.jobs import JobStore
from tests.support.store.history import draw

ALICE, BOB = 1, 7
HERE, ELSEWHERE = 2, 20


@pytest.fixture
def history(engine: AsyncEngine, tmp_path: Path) -> History:
    return History(engine, tmp_path / "spool")


async def found(history: History, search: str = "", *, most: int = 25) -> list[str]:
    return [job.draft.request.prompt for job in await history.nearby(ALICE, HERE, search=search, most=most)]


async def test_ones_own_and_the_channels_results_are_offered_newest_first(
    history: History, jobs: JobStore
) -> None:
    await draw(jobs, prompt="mine here", user=ALICE, channel=HERE)
    await draw(jobs, prompt="mine elsewhere", user=ALICE, channel=ELSEWHERE, now=1)
    await draw(jobs, prompt="theirs here", user=BOB, channel=HERE, now=2)
    await draw(jobs, prompt="theirs elsewhere", user=BOB, channel=ELSEWHERE, now=3)
    assert await found(history) == ["theirs here", "mine elsewhere", "mine here"]
    assert await found(history, most=2) == ["theirs here", "mine elsewhere"]


async def test_they_are_searched_in_their_prompts(history: History, jobs: JobStore) -> None:
    for prompt in ("A red FOX", "an owl", "100% fox_y"):
        await draw(jobs, prompt=prompt)
    assert await found(history, "fox") == ["100% fox_y", "A red FOX"]
    assert await found(history, "100%") == ["100% fox_y"]
    assert await found(history, "x_y") == ["100% fox_y"]
    assert await found(history, "%%") == []


@pytest.mark.parametrize("how", [{"ephemeral": True}, {"guest": True}, {"pictures": 0}])
async def test_what_no_link_leads_to_is_not_offered(
    history: History, jobs: JobStore, how: dict[str, Any]
) -> None:
    await draw(jobs, user=BOB, **how)
    await draw(jobs, user=ALICE, **how)
    assert await found(history) == []


async def test_a_star_is_put_and_taken_by_its_owner_alone(history: History, jobs: JobStore) -> None:
    first, second = await draw(jobs, prompt="one"), await draw(jobs, prompt="two")
    assert await history.star(first, BOB, starred=True) is None
    starred = await history.star(first, ALICE, starred=True)
    assert starred is not None and starred.starred
    assert await history.star(first, ALICE, starred=True) == starred
    results = await history.results(ALICE, search="", page=0, size=4, starred=True)
    assert [job.id for job in results.jobs] == [first] and results.total == 1
    results = await history.results(ALICE, search="", page=0, size=4)
    assert [(job.id, job.starred) for job in results.jobs] == [(second, False), (first, True)]
    await history.star(first, ALICE, starred=False)
    assert (await history.results(ALICE, search="", page=0, size=4, starred=True)).total == 0
