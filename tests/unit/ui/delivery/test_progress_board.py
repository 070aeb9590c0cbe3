"""Progress edits keep their pace and never follow the answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import discord
import pytest

from bot.domain.models import Draft, Generating, ImageRequest, Job, Progress, Requester, RetryScheduled
from bot.ui.delivery.progress_board import ProgressBoard

JOB = Job(
    id=1,
    draft=Draft(kind="imagine", request=ImageRequest(prompt="a fox")),
    requester=Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10),
    reply_to=None,
    message_id=7,
    state="waiting",
    created_at=0,
    attempts=0,
    deadline=3600,
    started_at=None,
    drawn_at=None,
)
LATER = 1e9
FIRST, SECOND, THIRD = (
    Generating(ready_at=1),
    Generating(ready_at=2),
    RetryScheduled(problem="busy", run_at=3),
)


@dataclass
class Cards:
    """Records what was shown; ``hold`` keeps an edit waiting."""

    now: float = 100.0
    shown: list[Progress] = field(default_factory=list[Progress])
    hold: asyncio.Event | None = None
    takes: float = 0.0
    error: Exception | None = None
    overdue: list[Job] = field(default_factory=list[Job])

    async def edit(self, _: Job, progress: Progress) -> None:
        if self.hold:
            await self.hold.wait()
        if self.error:
            raise self.error
        self.now += self.takes
        self.shown.append(progress)

    def report(self, job: Job) -> None:
        self.overdue.append(job)

    def board(self) -> ProgressBoard:
        return ProgressBoard(self.edit, overdue=self.report, clock=lambda: self.now, edit_interval=5)


async def test_the_first_progress_is_shown_at_once_and_the_next_when_the_pace_allows() -> None:
    cards = Cards()
    board = cards.board()
    await board.show(JOB, FIRST, until=LATER, now=True)
    await board.show(JOB, SECOND, until=LATER)
    await board.show(JOB, THIRD, until=LATER)
    cards.now += 4.9
    await board.flush()
    assert cards.shown == [FIRST]
    cards.now += 0.1
    await board.flush()
    await board.flush()
    assert cards.shown == [FIRST, THIRD]


async def test_the_queue_position_is_shown_first_even_if_generation_already_began() -> None:
    cards = Cards()
    board = cards.board()
    accepted = replace(JOB, card_until=cards.now + 5)
    board.expect(accepted)
    await board.show(accepted, SECOND, until=LATER)
    await board.flush()
    await board.show(accepted, FIRST, until=LATER, now=True)
    assert cards.shown == [FIRST]


async def test_no_progress_is_shown_once_the_answer_is_being_delivered() -> None:
    cards = Cards()
    board = cards.board()
    await board.close(JOB)
    await board.show(JOB, FIRST, until=LATER, now=True)
    await board.show(JOB, SECOND, until=LATER)
    cards.now += 10
    await board.flush()
    assert cards.shown == []


async def test_the_answer_waits_for_an_edit_in_flight() -> None:
    cards = Cards(hold=asyncio.Event())
    board = cards.board()
    showing = asyncio.create_task(board.show(JOB, FIRST, until=LATER, now=True))
    await asyncio.sleep(0)
    closing = asyncio.create_task(board.close(JOB))
    await asyncio.sleep(0)
    assert not closing.done()
    assert cards.hold is not None
    cards.hold.set()
    await asyncio.gather(showing, closing)
    assert cards.shown == [FIRST]


async def test_no_progress_is_shown_once_another_process_may_own_the_job() -> None:
    cards = Cards()
    board = cards.board()
    await board.show(JOB, FIRST, until=cards.now + 3)
    cards.now += 3
    await board.flush()
    assert cards.shown == []


async def test_progress_waits_while_another_process_may_edit_the_card() -> None:
    cards = Cards()
    board = cards.board()
    await board.show(replace(JOB, card_until=cards.now + 3), FIRST, until=LATER)
    await board.flush()
    assert cards.shown == []
    cards.now += 3
    await board.flush()
    assert cards.shown == [FIRST]


async def test_the_answer_waits_while_another_process_may_edit_the_card() -> None:
    cards = Cards()
    claimed = replace(JOB, state="running", card_until=cards.now + 0.05)
    closing = asyncio.create_task(cards.board().close(claimed))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not closing.done()
    async with asyncio.timeout(60):
        await closing


async def test_the_answer_does_not_wait_for_the_lease_of_its_own_process() -> None:
    cards = Cards()
    board = cards.board()
    accepted = replace(JOB, card_until=cards.now + 600)
    board.expect(accepted)
    async with asyncio.timeout(60):
        await board.close(replace(accepted, state="running"))


async def test_an_edit_that_exceeds_its_time_is_abandoned() -> None:
    cards = Cards(hold=asyncio.Event())
    async with asyncio.timeout(60):
        await cards.board().show(JOB, FIRST, until=cards.now + 0.01, now=True)
    assert cards.shown == []


async def test_an_edit_is_bounded_however_long_the_card_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.ui.delivery.progress_board._EDIT_TIMEOUT", 0.01)
    cards = Cards(hold=asyncio.Event())
    async with asyncio.timeout(60):
        await cards.board().show(JOB, FIRST, until=LATER, now=True)
    assert cards.shown == []


async def test_after_a_rate_limited_edit_only_answers_are_sent_for_a_while() -> None:
    cards = Cards(takes=2.5)
    board = cards.board()
    await board.show(JOB, FIRST, until=LATER, now=True)
    assert board.throttled
    await board.show(JOB, SECOND, until=LATER)
    cards.now += 20
    await board.flush()
    assert cards.shown == [FIRST]
    cards.now += 11
    await board.flush()
    assert cards.shown == [FIRST, SECOND]


async def test_a_failed_edit_raises_nothing() -> None:
    cards = Cards(error=ConnectionError())
    await cards.board().show(JOB, FIRST, until=LATER, now=True)


async def test_an_edit_that_ended_after_its_time_is_reported() -> None:
    cards = Cards(takes=5)
    board = cards.board()
    await board.show(JOB, FIRST, until=cards.now + 5, now=True)
    assert (cards.shown, cards.overdue) == ([FIRST], [JOB])


async def test_an_edit_that_may_have_arrived_is_reported() -> None:
    cards = Cards(error=ConnectionError())
    await cards.board().show(JOB, FIRST, until=LATER, now=True)
    assert cards.overdue == [JOB]


async def test_an_edit_in_time_and_one_that_discord_refused_are_not_reported() -> None:
    cards = Cards()
    await cards.board().show(JOB, FIRST, until=LATER, now=True)
    cards.error = discord.HTTPException(SimpleNamespace(status=400, reason="Bad Request"), "refused")  # pyright: ignore[reportArgumentType]  # only these are read
    await cards.board().show(JOB, FIRST, until=LATER, now=True)
    assert cards.overdue == []


async def test_no_progress_is_shown_of_a_job_that_was_given_back() -> None:
    cards = Cards()
    board = cards.board()
    await board.show(JOB, FIRST, until=LATER)
    board.release(JOB)
    cards.now += 10
    await board.flush()
    assert cards.shown == []
    await board.show(JOB, SECOND, until=LATER)
    await board.flush()
    assert cards.shown == [SECOND]


async def test_why_a_job_waits_is_shown_only_after_the_hold_of_another_process_and_within_its_own() -> None:
    cards = Cards()
    board = cards.board()
    before = cards.now + 10
    held = replace(JOB, card_until=before + 10)
    await board.show_retry(held, THIRD, since=before)
    cards.now = before - 0.1
    await board.flush()
    assert cards.shown == []
    cards.now = before
    await board.flush()
    assert cards.shown == [THIRD]
    await board.show_retry(held, SECOND, since=held.card_until)
    cards.now = held.card_until
    await board.flush()
    assert cards.shown == [THIRD]


async def test_why_a_job_waits_is_shown_at_the_pace_by_the_process_that_accepted_it() -> None:
    cards = Cards()
    board = cards.board()
    accepted = replace(JOB, card_until=cards.now + 60)
    board.expect(accepted)
    await board.show(accepted, FIRST, until=LATER, now=True)
    cards.now += 10
    await board.show_retry(replace(accepted, card_until=cards.now + 70), SECOND, since=accepted.card_until)
    await board.flush()
    assert cards.shown == [FIRST, SECOND]


async def test_an_edit_in_flight_of_a_job_that_was_given_back_is_reported() -> None:
    cards = Cards(hold=asyncio.Event())
    board = cards.board()
    showing = asyncio.create_task(board.show(JOB, FIRST, until=LATER, now=True))
    await asyncio.sleep(0)
    board.release(JOB)
    assert cards.hold is not None
    cards.hold.set()
    await showing
    assert (cards.shown, cards.overdue) == ([FIRST], [JOB])


async def test_an_edit_that_the_end_of_the_process_cancels_is_reported() -> None:
    cards = Cards(hold=asyncio.Event())
    showing = asyncio.create_task(cards.board().show(JOB, FIRST, until=LATER, now=True))
    await asyncio.sleep(0)
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    assert cards.overdue == [JOB]


async def test_answered_cards_are_forgotten_after_a_while() -> None:
    cards = Cards()
    board = cards.board()
    await board.close(JOB)
    cards.now += 61
    await board.flush()
    await board.show(JOB, FIRST, until=LATER, now=True)
    assert cards.shown == [FIRST]
