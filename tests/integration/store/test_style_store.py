"""Saved styles: owners, unique names, limits and previews."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from bot.domain.errors import RuleBroken
from bot.domain.models import Style, StyleOwner
from bot.store.queue.jobs import JobStore
from bot.store.styles import StyleStore
from tests.support.store.history import add_finished_job

SERVER, OTHER = StyleOwner(kind="guild", id=3), StyleOwner(kind="guild", id=4)
ALICE = StyleOwner(kind="member", id=1)
# The same number as the server's: ids of different kinds can collide.
BOB = StyleOwner(kind="member", id=3)
INK = Style(name="Ink", text="in ink wash")


async def rule_of(attempt: Awaitable[object]) -> str:
    with pytest.raises(RuleBroken) as caught:
        await attempt
    return caught.value.rule


@pytest.fixture
def styles(engine: Engine) -> StyleStore:
    return StyleStore(engine)


async def test_styles_are_listed_by_owner_and_name(styles: StyleStore) -> None:
    for owner, name in ((ALICE, "ink"), (ALICE, "Anime"), (SERVER, "house"), (OTHER, "x"), (BOB, "ink")):
        await styles.add(owner, Style(name=name, text=f"{name}!"), most=20)
    assert [kept.style.name for kept in await styles.list_for(ALICE, SERVER)] == ["Anime", "ink", "house"]
    assert [kept.style.name for kept in await styles.list_for(SERVER, ALICE)] == ["house", "Anime", "ink"]
    assert [kept.owner for kept in await styles.list_for(BOB)] == [BOB]
    assert await styles.list_for() == []


async def test_names_are_unique_ignoring_case(styles: StyleStore) -> None:
    await styles.add(ALICE, INK, most=20)
    other = await styles.add(ALICE, Style(name="oil", text="in oil"), most=20)
    assert await rule_of(styles.add(ALICE, replace(INK, name="INK"), most=20)) == "style-taken"
    assert await rule_of(styles.change(other, replace(INK, name="ink"))) == "style-taken"
    assert (await styles.add(SERVER, INK, most=20)).style == INK


async def test_names_are_unique_under_concurrency(styles: StyleStore) -> None:
    answers = await asyncio.gather(
        *(styles.add(ALICE, INK, most=20) for _ in range(5)), return_exceptions=True
    )
    assert len([answer for answer in answers if not isinstance(answer, RuleBroken)]) == 1
    assert len(await styles.list_for(ALICE)) == 1


async def test_an_owner_has_a_limited_number_of_styles(styles: StyleStore) -> None:
    for number in range(3):
        await styles.add(ALICE, Style(name=str(number), text="x"), most=3)
    assert await rule_of(styles.add(ALICE, INK, most=3)) == "too-many-styles"


async def test_a_style_is_changed_and_deleted(styles: StyleStore) -> None:
    kept = await styles.add(ALICE, INK, most=20)
    changed = await styles.change(kept, Style(name="INK", text="in red ink"))
    assert changed.id == kept.id and await styles.list_for(ALICE) == [changed]
    assert await styles.get(kept.id) == changed
    await styles.delete(changed)
    assert await styles.list_for(ALICE) == []
    assert await rule_of(styles.get(kept.id)) == "style-gone"
    assert await rule_of(styles.change(changed, INK)) == "style-gone"


async def test_the_preview_is_the_newest_result(styles: StyleStore, jobs: JobStore) -> None:
    for owner in (ALICE, SERVER, OTHER, BOB):
        await styles.add(owner, INK, most=20)
    await add_finished_job(jobs, style=INK)
    newest = await add_finished_job(jobs, style=INK)
    await add_finished_job(jobs)
    await add_finished_job(jobs, style=Style(name="Ink", text="another's ink"))
    await add_finished_job(jobs, style=INK, pictures=0)
    shown = {kept.owner: kept.job_id for kept in await styles.list_for(ALICE, SERVER, OTHER, BOB)}
    assert shown == {ALICE: newest, SERVER: newest, OTHER: None, BOB: None}


async def test_changing_the_text_drops_the_preview(styles: StyleStore, jobs: JobStore) -> None:
    await styles.add(ALICE, INK, most=20)
    job_id = await add_finished_job(jobs, style=INK)
    (kept,) = await styles.list_for(ALICE)
    renamed = await styles.change(kept, replace(INK, name="Tusche"))
    assert renamed.job_id == job_id
    assert (await styles.change(renamed, Style(name="Tusche", text="in red ink"))).job_id is None
