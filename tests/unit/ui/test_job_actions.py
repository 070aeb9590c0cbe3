"""Job buttons act for those who can see the job's answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, ImageRequest, Job, Requester
from bot.ui.cards.buttons import JobAction, JobButton
from bot.ui.cards.job_actions import JobActions

ALICE, BOB, ROOM, OTHER = 1, 2, 10, 20
JOB = Job(
    id=5,
    draft=Draft(kind="imagine", request=ImageRequest(prompt="a fox")),
    requester=Requester(
        user_id=ALICE, channel_id=ROOM, guild_id=3, locale="en", guild_locale=None, upload_limit=1
    ),
    reply_to=None,
    message_id=100,
    state="done",
    created_at=0,
    attempts=1,
    deadline=1,
    started_at=0,
    drawn_at=1,
)


class Backend:
    """Has the job, and tells who can read its channel and whether its requester lets others remix it."""

    def __init__(self, *, readers: tuple[int, ...], allow_remixes: bool) -> None:
        self._readers = readers
        self._allow_remixes = allow_remixes

    async def job(self, job_id: int) -> Job:
        return JOB

    async def may_read_answer(self, job: Job, person: Any) -> bool:
        return person.id in self._readers

    async def require(self, owner_id: int, by_id: int) -> None:
        if owner_id != by_id and not self._allow_remixes:
            raise RuleBroken("remix-not-allowed")


def press(user_id: int, channel_id: int) -> Any:
    """Return a press of a button on an ephemeral message."""
    message = SimpleNamespace(id=777, flags=SimpleNamespace(ephemeral=True), components=[])
    user = SimpleNamespace(id=user_id)
    return SimpleNamespace(user=user, channel_id=channel_id, guild_id=3, message=message)


async def handle(
    interaction: Any,
    action: JobAction = "save",
    *,
    readers: tuple[int, ...] = (),
    copy_id: int | None = None,
    allow_remixes: bool = True,
) -> Job:
    """Return the job that the handler was called with."""
    backend: Any = Backend(readers=readers, allow_remixes=allow_remixes)
    actions, called = JobActions(backend, backend, backend, backend), list[Job]()

    async def called_with(_: Any, job: Job) -> None:
        called.append(job)

    actions.register({action: called_with})
    await actions.handle(interaction, JobButton(action, JOB.id, "…", copy_id))
    (job,) = called
    return job


@pytest.mark.parametrize(
    ("user", "channel", "readers"), [(ALICE, OTHER, ()), (BOB, ROOM, ()), (BOB, OTHER, (BOB,))]
)
async def test_a_button_works_for_its_owner_in_its_channel_and_for_readers_of_that(
    user: int, channel: int, readers: tuple[int, ...]
) -> None:
    assert await handle(press(user, channel), readers=readers) == JOB


async def test_a_button_is_refused_to_those_who_cannot_read_the_channel_of_the_answer() -> None:
    with pytest.raises(RuleBroken) as caught:
        await handle(press(BOB, OTHER), readers=(ALICE,))
    assert caught.value.rule == "not-visible"


async def test_a_button_of_a_copy_means_the_copys_message_and_channel() -> None:
    job = await handle(press(BOB, OTHER), copy_id=400)
    assert (job.message_id, job.requester.channel_id, job.is_copy) == (400, OTHER, True)


@pytest.mark.parametrize("action", ["edit", "remix", "upscale"])
async def test_a_result_is_remixed_by_others_only_where_its_requester_allows_it(action: JobAction) -> None:
    assert await handle(press(BOB, ROOM), action) == JOB
    assert await handle(press(ALICE, ROOM), action, allow_remixes=False) == JOB
    for copy_id in (None, 400):
        with pytest.raises(RuleBroken) as caught:
            await handle(press(BOB, ROOM), action, copy_id=copy_id, allow_remixes=False)
        assert caught.value.rule == "remix-not-allowed"


@pytest.mark.parametrize("action", ["again", "save", "more"])
async def test_a_request_is_repeated_and_a_result_is_saved_by_anyone_who_sees_it(action: JobAction) -> None:
    assert await handle(press(BOB, ROOM), action, allow_remixes=False) == JOB
