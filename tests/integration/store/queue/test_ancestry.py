"""Each job knows the result it was made from, whichever of them are deleted."""

from __future__ import annotations

from typing import Any

from bot.domain.models import Job, Parent
from bot.store.personal_data import Batch, PersonalDataStore
from tests.support.store.history import add_finished_job
from tests.support.store.stores import Stores

LINK = "https://discord.com/channels/{guild}/2/{message}"


async def add_edit(stores: Stores, parent_id: int, picture: int | None = 1, **more: Any) -> int:
    parent = Parent(job_id=parent_id, picture=picture)
    return await add_finished_job(stores.jobs, kind=more.pop("kind", "remix"), parent=parent, **more)


async def chain(stores: Stores, length: int) -> list[int]:
    ids = [await add_finished_job(stores.jobs)]
    for number in range(1, length):
        ids.append(await add_edit(stores, ids[-1], picture=number))
    return ids


async def job(stores: Stores, job_id: int) -> Job:
    found = await stores.jobs.get(job_id)
    assert found is not None
    return found


async def erase(stores: Stores, *ids: int) -> None:
    await PersonalDataStore(stores.engine).erase(Batch(ids=ids, kept=()))


async def test_an_edit_counts_from_the_first_picture_and_links_it(stores: Stores) -> None:
    first, second, third = await chain(stores, 3)
    assert (await job(stores, first)).draft.parent is None
    assert (await job(stores, second)).draft.parent == Parent(job_id=first, picture=1)
    last = await job(stores, third)
    assert last.draft.parent == Parent(job_id=second, picture=2)
    assert last.edits == 2 and last.first_link == LINK.format(guild=3, message=first + 100)


async def test_redraws_belong_to_the_chain_and_are_no_edits(stores: Stores) -> None:
    first = await add_finished_job(stores.jobs)
    larger = await add_edit(stores, first, kind="upscale")
    edited = await add_edit(stores, larger)
    assert (await job(stores, larger)).edits == 0
    last = await job(stores, edited)
    assert last.edits == 1 and last.first_link == LINK.format(guild=3, message=first + 100)


async def test_the_first_picture_is_linked_only_where_the_link_can_be_followed(stores: Stores) -> None:
    first = await add_finished_job(stores.jobs)
    elsewhere = await job(stores, await add_edit(stores, first, guild=4))
    private = await add_finished_job(stores.jobs, ephemeral=True)
    public = await job(stores, await add_edit(stores, private))
    later = await job(stores, await add_edit(stores, public.id))
    assert elsewhere.first_link is public.first_link is later.first_link is None
    assert (elsewhere.edits, public.edits, later.edits) == (1, 1, 2)
    in_dms = await add_finished_job(stores.jobs, guild=None)
    assert (await job(stores, await add_edit(stores, in_dms, guild=None))).first_link == LINK.format(
        guild="@me", message=in_dms + 100
    )


async def test_a_deleted_job_leaves_its_children_to_its_own_parent(stores: Stores) -> None:
    first, second, third, fourth, fifth = await chain(stores, 5)
    await erase(stores, third)
    assert (await job(stores, fourth)).draft.parent == Parent(job_id=second, picture=2)
    await erase(stores, fourth, second)
    assert (await job(stores, fifth)).draft.parent == Parent(job_id=first, picture=1)
    await erase(stores, first)
    last = await job(stores, fifth)
    assert last.draft.parent is None and last.edits == 4
    assert (await job(stores, await add_edit(stores, fifth))).edits == 5


async def test_a_parent_that_was_deleted_meanwhile_is_none(stores: Stores) -> None:
    first = await add_finished_job(stores.jobs)
    await erase(stores, first)
    orphan = await job(stores, await add_edit(stores, first))
    assert orphan.draft.parent is None and orphan.edits == 0 and orphan.first_link is None
