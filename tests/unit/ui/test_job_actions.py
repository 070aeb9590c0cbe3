"""Job buttons act for those who can see the job's answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, ImageRequest, Job, Requester
from bot.ui.cards.buttons import JobButton
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
    """Has the job, and tells who can read its channel."""

    def __init__(self, *, readers: tuple[int, ...]) -> None:
        self._readers = readers

    async def job(self, job_id: int) -> Job:
        return JOB

    async def may_read_answer(self, job: Job, person: Any) -> bool:
        return person.id in self._readers


def press(user_id: int, channel_id: int) -> Any:
    """Return a press of a button on an ephemeral message."""
    message = SimpleNamespace(id=777, flags=SimpleNamespace(ephemeral=True), components=[])
    user = SimpleNamespace(id=user_id)
    return SimpleNamespace(user=user, channel_id=channel_id, guild_id=3, message=message)


async def handle(interaction: Any, *, readers: tuple[int, ...] = (), copy_id: int | None = None) -> Job:
    """Return the job that the handler was called with."""
    backend: Any = Backend(readers=readers)
    actions, called = JobActions(backend, backend, backend), list[Job]()

    async def save(_: Any, job: Job) -> None:
        called.append(job)

    actions.register({"save": save})
    await actions.handle(interaction, JobButton("save", JOB.id, "Save", copy_id))
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
