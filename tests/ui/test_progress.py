"""Progress keeps its pace and never comes after the answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.models import Draft, Drawing, ImageRequest, Job, Place, Progress, Requester, Retrying, Waiting
from bot.ui.progress import ProgressBoard

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
FIRST, SECOND, THIRD = Drawing(ready_at=1), Drawing(ready_at=2), Retrying(problem="busy", run_at=3)


@dataclass
class Cards:
    """Keeps what was shown; ``hold`` keeps an edit on its way."""

    now: float = 100.0
    shown: list[Progress] = field(default_factory=list[Progress])
    hold: asyncio.Event | None = None
    error: Exception | None = None

    async def edit(self, _: Job, progress: Progress) -> None:
        if self.hold:
            await self.hold.wait()
        if self.error:
            raise self.error
        self.shown.append(progress)

    def board(self) -> ProgressBoard:
        return ProgressBoard(self.edit, clock=lambda: self.now, pace=5)


async def test_the_first_is_shown_at_once_and_the_next_when_the_pace_allows() -> None:
    cards = Cards()
    board = cards.board()
    await board.show(JOB, FIRST, first=True)
    await board.show(JOB, SECOND)
    await board.show(JOB, THIRD)
    cards.now += 4.9
    await board.flush()
    assert cards.shown == [FIRST]
    cards.now += 0.1
    await board.flush()
    await board.flush()
    assert cards.shown == [FIRST, THIRD]


async def test_the_first_comes_first_even_where_drawing_began_before_it() -> None:
    cards = Cards()
    board = cards.board()
    await board.show(JOB, SECOND)
    await board.flush()
    await board.show(JOB, FIRST, first=True)
    assert cards.shown == [FIRST]


async def test_nothing_is_shown_once_the_answer_is_on_its_way() -> None:
    cards = Cards()
    board = cards.board()
    await board.close(JOB)
    await board.show(JOB, FIRST, first=True)
    await board.show(JOB, SECOND)
    cards.now += 10
    await board.flush()
    assert cards.shown == []


async def test_the_answer_waits_for_an_edit_that_is_under_way() -> None:
    cards = Cards(hold=asyncio.Event())
    board = cards.board()
    showing = asyncio.create_task(board.show(JOB, FIRST, first=True))
    await asyncio.sleep(0)
    closing = asyncio.create_task(board.close(JOB))
    await asyncio.sleep(0)
    assert not closing.done()
    assert cards.hold is not None
    cards.hold.set()
    await asyncio.gather(showing, closing)
    assert cards.shown == [FIRST]


async def test_a_place_in_line_is_shown_again_only_where_it_moved() -> None:
    cards = Cards()
    board = cards.board()
    third, second = (Waiting(place=Place(ahead=ahead, starts_at=200)) for ahead in (2, 1))
    await board.show(JOB, third, first=True)
    assert board.waiting(most=3) == []
    cards.now += 10
    assert board.waiting(most=3) == [JOB]
    board.move(JOB, Place(ahead=2, starts_at=210))
    assert board.waiting(most=3) == []
    cards.now += 10
    board.move(JOB, second.place)
    await board.flush()
    assert cards.shown == [third, second]


async def test_a_place_in_line_never_hides_that_drawing_began() -> None:
    cards = Cards()
    board = cards.board()
    await board.show(JOB, Waiting(place=Place(ahead=2, starts_at=200)), first=True)
    await board.show(JOB, FIRST)
    board.move(JOB, Place(ahead=0, starts_at=200))
    cards.now += 10
    await board.flush()
    assert cards.shown[-1] == FIRST
    assert board.waiting(most=3) == []


async def test_a_failed_edit_is_nobodys_problem() -> None:
    cards = Cards(error=ConnectionError())
    await cards.board().show(JOB, FIRST, first=True)


async def test_answered_cards_are_forgotten_in_time() -> None:
    cards = Cards()
    board = cards.board()
    await board.close(JOB)
    cards.now += 61
    await board.flush()
    await board.show(JOB, FIRST, first=True)
    assert cards.shown == [FIRST]
