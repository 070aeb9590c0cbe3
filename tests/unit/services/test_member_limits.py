"""Nobody runs more than their share at once, and nobody's work holds up another member's."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import RuleBroken
from bot.services.member_limits import LatestOnly, MemberLimiter

ALICE, BOB, CAROL = 1, 2, 3


class Work:
    """Work that holds a permit until it is told to end."""

    def __init__(self, limiter: MemberLimiter) -> None:
        self._limiter = limiter
        self._end = asyncio.Event()
        self.running: Counter[int] = Counter()
        self.most: Counter[int] = Counter()
        self.most_in_all = 0

    async def do(self, user_id: int) -> None:
        async with self._limiter.permit(user_id):
            self.running[user_id] += 1
            self.most[user_id] = max(self.most[user_id], self.running[user_id])
            self.most_in_all = max(self.most_in_all, self.running.total())
            try:
                await self._end.wait()
            finally:
                self.running[user_id] -= 1

    def start(self, user_id: int) -> asyncio.Task[None]:
        return asyncio.create_task(self.do(user_id))

    def end(self) -> None:
        self._end.set()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_third_piece_of_a_members_work_is_refused_after_a_moment() -> None:
    work = Work(MemberLimiter(total=8, timeout=0.01))
    running = [work.start(ALICE), work.start(ALICE)]
    await settle()
    with pytest.raises(RuleBroken) as caught:
        await work.do(ALICE)
    assert caught.value.rule == "too-many-at-once" and caught.value.facts["most"] == 2
    work.end()
    await asyncio.gather(*running)


async def test_a_third_piece_of_a_members_work_starts_when_one_ends() -> None:
    work = Work(MemberLimiter(total=8, timeout=60))
    tasks = [work.start(ALICE) for _ in range(3)]
    await settle()
    assert work.running[ALICE] == 2
    work.end()
    await asyncio.gather(*tasks)
    assert work.most[ALICE] == 2


async def test_other_members_start_at_once_whatever_one_member_sends() -> None:
    work = Work(MemberLimiter(total=4, timeout=60))
    tasks = [work.start(ALICE) for _ in range(60)]
    await settle()
    tasks += [work.start(BOB), work.start(BOB)]
    await settle()
    assert work.running == {ALICE: 2, BOB: 2}
    work.end()
    await asyncio.gather(*tasks)


async def test_the_total_is_limited_and_what_waits_for_it_too_long_is_refused() -> None:
    work = Work(MemberLimiter(total=3, timeout=0.01))
    running = [work.start(member) for member in (ALICE, ALICE, BOB)]
    await settle()
    with pytest.raises(RuleBroken) as caught:
        await work.do(CAROL)
    assert caught.value.rule == "all-busy"
    work.end()
    await asyncio.gather(*running)
    await work.do(CAROL)


async def test_work_that_fails_or_is_cancelled_gives_its_permit_back() -> None:
    limiter = MemberLimiter(total=1, per_member=1, timeout=0.01)
    with pytest.raises(LookupError):
        async with limiter.permit(ALICE):
            raise LookupError
    work = Work(limiter)
    for _ in range(2):
        task = work.start(ALICE)
        await settle()
        task.cancel()
        await asyncio.wait({task})
    async with limiter.permit(ALICE):
        pass


@given(
    st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=40),
    st.integers(1, 3),
    st.integers(1, 6),
)
def test_no_order_of_starts_and_cancellations_exceeds_a_limit(
    steps: list[tuple[int, bool]], per_member: int, total: int
) -> None:
    async def run() -> Work:
        work = Work(MemberLimiter(total=total, per_member=per_member, timeout=60))
        started: list[tuple[int, asyncio.Task[None]]] = []
        for member, cancels in steps:
            if cancels and started:
                started[member % len(started)][1].cancel()
            started.append((member, work.start(member)))
            await settle()
            unfinished = Counter(member for member, task in started if not task.done())
            # As much runs as may run: nothing waits while there is room for it.
            assert work.running.total() == min(total, sum(min(per_member, n) for n in unfinished.values()))
        work.end()
        await asyncio.gather(*(task for _, task in started), return_exceptions=True)
        return work

    work = asyncio.run(run())
    assert work.most_in_all <= total
    assert all(most <= per_member for most in work.most.values())


async def test_only_the_newest_of_the_work_that_waits_is_done() -> None:
    latest, go_on = LatestOnly(), asyncio.Event()
    done: list[str] = []

    async def work(name: str) -> str:
        done.append(name)
        await go_on.wait()
        return name

    typed = [asyncio.create_task(latest.run(ALICE, lambda name=name: work(name), "")) for name in "abcd"]
    other = asyncio.create_task(latest.run(BOB, lambda: work("bob's"), ""))
    await settle()
    assert done == ["a", "bob's"]
    go_on.set()
    assert await asyncio.gather(*typed) == ["a", "", "", "d"]
    assert await other == "bob's"
    assert done == ["a", "bob's", "d"]


async def test_work_that_fails_does_not_stop_newer_work() -> None:
    latest = LatestOnly()

    async def fail() -> str:
        raise LookupError

    async def succeed() -> str:
        return "found"

    with pytest.raises(LookupError):
        await latest.run(ALICE, fail, "")
    assert await latest.run(ALICE, succeed, "") == "found"
