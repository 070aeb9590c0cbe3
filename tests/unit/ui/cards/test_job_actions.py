"""Job buttons act for those who can see the job's answer."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.errors import RuleBroken
from bot.domain.models import Job
from bot.ui.cards.buttons.job_actions import JobActions
from bot.ui.cards.buttons.job_buttons import JobAction, JobButton
from tests.support.jobs import make_job

ALICE, BOB, ROOM, OTHER = 1, 2, 10, 20
JOB = make_job(ALICE, ROOM, message_id=100)


class Backend:
    """Has the job and copies of its result.

    It tells who can read its channel, and whether its requester lets others remix it.
    """

    def __init__(
        self,
        job: Job,
        *,
        readers: tuple[int, ...],
        copies: tuple[tuple[int, int], ...],
        allow_remixes: bool,
    ) -> None:
        self._job = job
        self._readers = readers
        self._copies = copies
        self._allow_remixes = allow_remixes

    async def job(self, job_id: int) -> Job:
        return self._job

    async def may_read_answer(self, job: Job, person: Any) -> bool:
        return person.id in self._readers

    async def shows_result(self, job: Job, channel_id: int, message_id: int) -> bool:
        return (channel_id, message_id) in self._copies

    async def require(self, owner_id: int, by_id: int) -> None:
        if owner_id != by_id and not self._allow_remixes:
            raise RuleBroken("remix-not-allowed")


def press(user_id: int, channel_id: int, message_id: int = 777) -> Any:
    """Return a press of a button on an ephemeral message."""
    message = SimpleNamespace(id=message_id, flags=SimpleNamespace(ephemeral=True), components=[])
    user = SimpleNamespace(id=user_id)
    return SimpleNamespace(user=user, channel_id=channel_id, guild_id=3, message=message)


async def handle(
    interaction: Any,
    action: JobAction = "save",
    job: Job = JOB,
    *,
    readers: tuple[int, ...] = (),
    copies: tuple[tuple[int, int], ...] = (),
    copy_id: int | None = None,
    allow_remixes: bool = True,
) -> Job:
    """Return the job that the handler was called with; ``copies`` are channels and messages."""
    backend: Any = Backend(job, readers=readers, copies=copies, allow_remixes=allow_remixes)
    actions, called = JobActions(backend, backend, backend, backend), list[Job]()

    async def called_with(_: Any, job: Job) -> None:
        called.append(job)

    actions.register({action: called_with})
    await actions.handle(interaction, JobButton(action, JOB.id, "…", copy_id))
    (given,) = called
    return given


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
    job = await handle(press(BOB, OTHER), copies=((OTHER, 400),), copy_id=400)
    assert (job.message_id, job.requester.channel_id, job.is_copy) == (400, OTHER, True)


@pytest.mark.parametrize("action", ["edit", "remix", "upscale"])
async def test_a_result_is_remixed_by_others_only_where_its_requester_allows_it(action: JobAction) -> None:
    assert await handle(press(BOB, ROOM), action) == JOB
    assert await handle(press(ALICE, ROOM), action, allow_remixes=False) == JOB
    for copy_id in (None, 400):
        with pytest.raises(RuleBroken) as caught:
            await handle(
                press(BOB, ROOM), action, copies=((ROOM, 400),), copy_id=copy_id, allow_remixes=False
            )
        assert caught.value.rule == "remix-not-allowed"


@pytest.mark.parametrize("action", ["again", "save", "more"])
async def test_a_request_is_repeated_and_a_result_is_saved_by_anyone_who_sees_it(action: JobAction) -> None:
    assert await handle(press(BOB, ROOM), action, allow_remixes=False) == JOB


@pytest.mark.parametrize("user", [ALICE, BOB])
@pytest.mark.parametrize("copy_id", [400, 2**64])
async def test_a_button_that_names_another_message_as_the_copy_is_refused(user: int, copy_id: int) -> None:
    with pytest.raises(RuleBroken) as caught:
        await handle(press(user, OTHER), copies=((ROOM, 400), (OTHER, 401)), copy_id=copy_id)
    assert caught.value.rule == "not-visible"


async def test_the_result_of_an_ephemeral_request_is_its_requesters_alone() -> None:
    hidden = replace(JOB, ephemeral=True)
    assert await handle(press(ALICE, OTHER), job=hidden) == hidden
    with pytest.raises(RuleBroken):
        await handle(press(BOB, ROOM), job=hidden, readers=(BOB,))
    assert await handle(press(BOB, ROOM, message_id=hidden.message_id), job=hidden) == hidden
