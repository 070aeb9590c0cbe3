"""The job queue: every step is exact and fenced, and survives its worker."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from bot.domain.models import DeliveredMessage, Draft, DraftReference, ImageRequest, Picture, Requester
from bot.store.queue.jobs import JobStore
from tests.support.store.requests import (
    DELIVERED,
    add,
    ahead,
    claim_undelivered,
    interaction_ids,
    next_run_at,
    reply_to,
)


async def test_an_added_job_is_read_back_unchanged(jobs: JobStore) -> None:
    draft = Draft(
        kind="remix",
        request=ImageRequest(prompt="a 狐狸", ratio="21:9", size="4K", model="m"),
        count=3,
        references=(
            DraftReference(url="https://x/y", source="https://discord.com/channels/1/2/3", shown=True),
            DraftReference(url="https://x/z", source="upload"),
        ),
        spoiler=True,
    )
    requester = Requester(
        user_id=1, channel_id=2, guild_id=None, locale="de", guild_locale=None, upload_limit=9
    )
    to = reply_to()
    job = await jobs.add(draft, requester, to, now=5.0, deadline=9.0)
    assert job is not None
    assert await jobs.get(job.id) == job
    assert (job.draft, job.requester, job.reply_to) == (draft, requester, to)
    assert (job.state, job.created_at, job.deadline, job.attempts) == ("waiting", 5.0, 9.0, 0)


async def test_the_same_interaction_is_accepted_once(jobs: JobStore) -> None:
    job = await add(jobs)
    assert (
        await jobs.add(job.draft, job.requester, reply_to(next(interaction_ids)), now=0, deadline=1)
        is not None
    )
    again = reply_to(job.reply_to.interaction_id if job.reply_to else 0)
    assert await jobs.add(job.draft, job.requester, again, now=0, deadline=1) is None


async def test_a_claim_takes_no_more_than_the_capacity(jobs: JobStore) -> None:
    for amount in (2, 2, 1):
        await add(jobs, amount=amount)
    assert [job.id for job in await jobs.claim("w", capacity=4, now=1, lease=60)] == [1, 2]
    assert await jobs.claim("w", capacity=4, now=1, lease=60) == []


async def test_a_job_larger_than_the_capacity_runs_alone(jobs: JobStore) -> None:
    await add(jobs, amount=4)
    await add(jobs, amount=1)
    assert [job.id for job in await jobs.claim("w", capacity=2, now=1, lease=60)] == [1]


async def test_a_position_counts_the_jobs_before_it(jobs: JobStore, engine: Engine) -> None:
    for user in (1, 1, 2):
        await add(jobs, user=user, amount=2)
    assert await ahead(jobs, engine, 1, 2, 3) == [(0, 0), (2, 4), (1, 2)]
    await jobs.claim("w", capacity=2, now=1, lease=60)
    assert await ahead(jobs, engine, 1) == [None]


async def test_a_job_waits_for_its_run_at(jobs: JobStore) -> None:
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=1, now=1, lease=60)
    assert await jobs.requeue(job, "w", run_at=10)
    assert await jobs.claim("w", capacity=1, now=9, lease=60) == []
    assert await next_run_at(jobs, now=9) == 10
    (again,) = await jobs.claim("w", capacity=1, now=10, lease=60)
    assert again.attempts == 2


async def test_a_lost_workers_job_is_recovered_and_the_worker_cannot_finish_it(
    jobs: JobStore, tmp_path: Path
) -> None:
    await add(jobs)
    (job,) = await jobs.claim("dead", capacity=1, now=0, lease=60)
    assert await jobs.recover_expired_leases(now=59) == 0
    assert await jobs.recover_expired_leases(now=61) == 1
    (again,) = await jobs.claim("alive", capacity=1, now=61, lease=120)
    picture = Picture(path=tmp_path / "spool" / "1" / "a.png", format="png", width=1, height=1)
    assert not await jobs.mark_drawn(job, "dead", [picture], now=62)
    assert not await jobs.mark_failed(job, "dead", "busy", {})
    assert await jobs.renew_leases([job.id], "dead", 200) == set()
    assert await jobs.mark_drawn(again, "alive", [picture], now=62)


async def test_a_drawn_job_of_a_lost_worker_is_delivered_but_not_drawn_again(
    jobs: JobStore, tmp_path: Path
) -> None:
    await add(jobs)
    (job,) = await jobs.claim("dead", capacity=1, now=0, lease=60)
    picture = Picture(path=tmp_path / "spool" / "1" / "a.png", format="png", width=1, height=1)
    await jobs.mark_drawn(job, "dead", [picture], now=5)
    await jobs.release_all()
    assert await jobs.recover_expired_leases(now=6) == 0
    (undelivered,) = await claim_undelivered(jobs, "alive", now=6, lease=60)
    assert undelivered.pictures == (picture,)
    assert await jobs.finish(undelivered, "alive", DeliveredMessage(channel_id=8, message_id=9), now=7)
    done = await jobs.get(job.id)
    assert done is not None and done.state == "done" and done.reply_to is None
    assert (done.requester.channel_id, done.message_id) == (8, 9)


async def test_the_worker_that_drew_retries_delivery_before_others_may(jobs: JobStore) -> None:
    await add(jobs)
    (job,) = await jobs.claim("drew", capacity=1, now=0, lease=60)
    drawn = await jobs.mark_drawn(job, "drew", [], now=5)
    assert drawn is not None
    await jobs.postpone(drawn, "drew", until=20)
    assert await claim_undelivered(jobs, "drew", now=19, lease=79) == []
    assert await claim_undelivered(jobs, "other", now=79, lease=139) == []
    (again,) = await claim_undelivered(jobs, "drew", now=79, lease=139)
    await jobs.postpone(again, "drew", until=90)
    assert [job.id for job in await claim_undelivered(jobs, "other", now=151, lease=211)] == [1]
    assert await jobs.renew_leases([1], "drew", 200) == set()


async def test_renewal_skips_postponed_jobs(jobs: JobStore) -> None:
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=1, now=0, lease=60)
    drawn = await jobs.mark_drawn(job, "w", [], now=5)
    assert drawn is not None
    await jobs.postpone(drawn, "w", until=20)
    assert await jobs.renew_leases([job.id], "w", 65) == set()
    assert [job.id for job in await claim_undelivered(jobs, "w", now=20, lease=80)] == [1]


async def test_a_handed_over_job_may_be_delivered_by_any_worker(jobs: JobStore) -> None:
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=1, now=0, lease=60)
    failed = await jobs.mark_failed(job, "w", "busy", {})
    assert failed is not None
    await jobs.hand_over(failed, "w", after=20)
    assert await claim_undelivered(jobs, "other", now=20, lease=80) == []
    assert [job.id for job in await claim_undelivered(jobs, "other", now=21, lease=81)] == [1]


async def test_a_postponed_running_job_may_be_run_by_any_worker(jobs: JobStore) -> None:
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=1, now=0, lease=60)
    await jobs.postpone(job, "w", until=20)
    assert await jobs.recover_expired_leases(now=20) == 0
    assert await jobs.recover_expired_leases(now=21) == 1
    assert [job.id for job in await jobs.claim("other", capacity=1, now=21, lease=81)] == [1]


async def test_a_failure_keeps_its_facts(jobs: JobStore) -> None:
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=1, now=0, lease=60)
    assert await jobs.mark_failed(job, "w", "reference-unusable", {"problem": "too-big"})
    (undelivered,) = await claim_undelivered(jobs, "w", now=61, lease=99)
    assert (undelivered.problem, undelivered.facts) == ("reference-unusable", {"problem": "too-big"})


async def test_only_open_jobs_can_be_cancelled(jobs: JobStore) -> None:
    await add(jobs)
    cancelled = await jobs.cancel(1, now=1)
    assert cancelled is not None and cancelled.reply_to is None
    assert await jobs.cancel(1, now=2) is None
    assert await jobs.claim("w", capacity=9, now=3, lease=60) == []


async def test_the_typical_duration_is_the_median_of_recent_ones(jobs: JobStore) -> None:
    assert await jobs.typical_duration("2K") > 0
    for seconds in (5, 100, 7):
        await add(jobs)
        (job,) = await jobs.claim("w", capacity=1, now=0, lease=60)
        await jobs.mark_drawn(job, "w", [], now=seconds)
        await jobs.finish(job, "w", DELIVERED, now=seconds)
    assert await jobs.typical_duration("2K") == 7


async def test_nul_characters_are_removed_from_prompts(jobs: JobStore) -> None:
    job = await add(jobs)
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a\x00 fox"))
    kept = await jobs.add(draft, job.requester, reply_to(), now=0, deadline=1)
    assert kept is not None and kept.draft.request.prompt == "a fox"


async def test_renewal_returns_only_jobs_still_in_progress(jobs: JobStore) -> None:
    for user in (1, 2):
        await add(jobs, user=user)
    await jobs.claim("w", capacity=2, now=0, lease=60)
    assert await jobs.renew_leases([1], "w", 200) == {1}
    assert await jobs.recover_expired_leases(now=100) == 1
