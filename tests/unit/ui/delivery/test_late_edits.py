"""Late edits: cards are checked when an edit has arrived, repeatedly where Discord is away, within limits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any, cast

from bot.domain.models import Draft, ImageRequest, Job, JobState, Requester
from bot.ui.delivery import late_edits
from bot.ui.delivery.late_edits import LateEdits

JOB = Job(
    id=1,
    draft=Draft(kind="imagine", request=ImageRequest(prompt="a fox")),
    requester=Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10),
    reply_to=None,
    message_id=7,
    state="drawn",
    created_at=0,
    attempts=1,
    deadline=3600,
    started_at=0,
    drawn_at=0,
)


@dataclass
class Cards:
    """Cards in Discord that show progress or an answer."""

    now: float = 100.0
    covered: bool = False
    away: bool = False
    state: JobState = "done"
    looks: int = 0
    at_once: int = 0
    most_at_once: int = 0
    reopened: list[int] = field(default_factory=list[int])
    cancelled: list[int] = field(default_factory=list[int])

    async def shows_progress(self, _: Job) -> bool:
        self.looks += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.away:
            raise ConnectionResetError
        return self.covered

    async def reopen(self, job: Job) -> JobState | None:
        self.reopened.append(job.id)
        return self.state

    async def show_cancelled(self, job: Job) -> None:
        self.cancelled.append(job.id)

    def late_edits(self) -> LateEdits:
        routes, never = cast("Any", self), 3600.0
        return LateEdits(routes, self.reopen, self.show_cancelled, lambda: self.now, timeout=never)


async def test_a_late_edit_is_looked_for_soon_and_once_more_later() -> None:
    cards = Cards()
    edits = cards.late_edits()
    edits.report(JOB)
    await edits.flush()
    assert cards.looks == 1 and edits.plans_to_check(JOB)
    cards.now += 9
    await edits.flush()
    assert cards.looks == 1
    cards.now, cards.covered = cards.now + 1, True
    await edits.flush()
    assert cards.reopened == [1] and not edits.plans_to_check(JOB)


async def test_an_edit_of_a_lost_worker_is_looked_for_once_it_must_have_arrived() -> None:
    cards = Cards()
    edits = cards.late_edits()
    edits.check_later(JOB)
    await edits.flush()
    assert cards.looks == 0
    cards.now, cards.covered = cards.now + 10, True
    await edits.flush()
    assert (cards.looks, cards.reopened) == (1, [1])


async def test_a_cancelled_card_that_was_covered_is_shown_again() -> None:
    cards = Cards(covered=True, state="cancelled")
    edits = cards.late_edits()
    edits.report(JOB)
    await edits.flush()
    assert cards.cancelled == [1]


async def test_a_check_is_repeated_while_discord_is_away_but_not_for_ever() -> None:
    cards = Cards(away=True)
    edits = cards.late_edits()
    edits.check_later(JOB)
    for _ in range(1000):
        cards.now += 5
        await edits.flush()
    assert 100 <= cards.looks <= 125 and not edits.plans_to_check(JOB)


async def test_before_the_process_stops_every_card_is_checked() -> None:
    cards = Cards()
    edits = cards.late_edits()
    for number in range(30):
        edits.check_later(replace(JOB, id=number))
    await edits.flush(everything=True)
    assert cards.looks == 30 and cards.most_at_once <= 5


async def test_a_limited_number_of_checks_is_planned() -> None:
    cards = Cards()
    edits = cards.late_edits()
    for number in range(late_edits._MAX_CHECKS + 5):  # pyright: ignore[reportPrivateUsage]  # the limit itself
        edits.check_later(replace(JOB, id=number))
    await edits.flush(everything=True)
    assert cards.looks == late_edits._MAX_CHECKS  # pyright: ignore[reportPrivateUsage]  # see above
