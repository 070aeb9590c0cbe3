"""Styles: whose they are, what they are called, how many, and what was last drawn in them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import RuleBroken
from bot.domain.models import Style, StyleOwner
from bot.store.queue.jobs import JobStore
from bot.store.styles import Styles
from tests.support.store.history import draw

SERVER, OTHER = StyleOwner(kind="guild", id=3), StyleOwner(kind="guild", id=4)
ALICE = StyleOwner(kind="member", id=1)
# The same number as the server's: ids of different kinds may meet.
BOB = StyleOwner(kind="member", id=3)
INK = Style(name="Ink", text="in ink wash")


async def broken(attempt: Awaitable[object]) -> str:
    with pytest.raises(RuleBroken) as caught:
        await attempt
    return caught.value.rule


@pytest.fixture
def styles(engine: AsyncEngine) -> Styles:
    return Styles(engine)


async def test_everyone_has_their_own_by_name(styles: Styles) -> None:
    for owner, name in ((ALICE, "ink"), (ALICE, "Anime"), (SERVER, "house"), (OTHER, "x"), (BOB, "ink")):
        await styles.add(owner, Style(name=name, text=f"{name}!"), most=20)
    assert [kept.style.name for kept in await styles.of(ALICE, SERVER)] == ["Anime", "ink", "house"]
    assert [kept.style.name for kept in await styles.of(SERVER, ALICE)] == ["house", "Anime", "ink"]
    assert [kept.owner for kept in await styles.of(BOB)] == [BOB]
    assert await styles.of() == []


async def test_a_name_is_taken_whatever_its_case(styles: Styles) -> None:
    await styles.add(ALICE, INK, most=20)
    other = await styles.add(ALICE, Style(name="oil", text="in oil"), most=20)
    assert await broken(styles.add(ALICE, replace(INK, name="INK"), most=20)) == "style-taken"
    assert await broken(styles.change(other, replace(INK, name="ink"))) == "style-taken"
    assert (await styles.add(SERVER, INK, most=20)).style == INK


async def test_a_name_is_given_once_however_many_ask_at_once(styles: Styles) -> None:
    answers = await asyncio.gather(
        *(styles.add(ALICE, INK, most=20) for _ in range(5)), return_exceptions=True
    )
    assert len([answer for answer in answers if not isinstance(answer, RuleBroken)]) == 1
    assert len(await styles.of(ALICE)) == 1


async def test_there_are_so_many_and_no_more(styles: Styles) -> None:
    for number in range(3):
        await styles.add(ALICE, Style(name=str(number), text="x"), most=3)
    assert await broken(styles.add(ALICE, INK, most=3)) == "too-many-styles"


async def test_a_style_is_changed_and_deleted(styles: Styles) -> None:
    kept = await styles.add(ALICE, INK, most=20)
    changed = await styles.change(kept, Style(name="INK", text="in red ink"))
    assert changed.id == kept.id and await styles.of(ALICE) == [changed]
    assert await styles.get(kept.id) == changed
    await styles.delete(changed)
    assert await styles.of(ALICE) == []
    assert await broken(styles.get(kept.id)) == "style-gone"
    assert await broken(styles.change(changed, INK)) == "style-gone"


async def test_a_style_shows_its_newest_result(styles: Styles, jobs: JobStore) -> None:
    for owner in (ALICE, SERVER, OTHER, BOB):
        await styles.add(owner, INK, most=20)
    await draw(jobs, style=INK)
    newest = await draw(jobs, style=INK)
    await draw(jobs)
    await draw(jobs, style=Style(name="Ink", text="another's ink"))
    await draw(jobs, style=INK, pictures=0)
    shown = {kept.owner: kept.job_id for kept in await styles.of(ALICE, SERVER, OTHER, BOB)}
    assert shown == {ALICE: newest, SERVER: newest, OTHER: None, BOB: None}


async def test_a_result_of_an_older_text_is_shown_no_more(styles: Styles, jobs: JobStore) -> None:
    await styles.add(ALICE, INK, most=20)
    job_id = await draw(jobs, style=INK)
    (kept,) = await styles.of(ALICE)
    renamed = await styles.change(kept, replace(INK, name="Tusche"))
    assert renamed.job_id == job_id
    assert (await styles.change(renamed, Style(name="Tusche", text="in red ink"))).job_id is None
