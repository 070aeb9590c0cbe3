"""What jobs cost: booked before each call, taken back where nothing is charged, added up by server."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, select

from bot.config.catalogue import parse
from bot.domain.errors import BadReply, BotError, PromptBlocked, RelayUnavailable, ResultBlocked
from bot.domain.image_models.prices import Spending
from bot.domain.models import Job
from bot.store.db.tables import jobs as table
from bot.store.history import HistoryStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.store.requests import add

MODELS = parse(
    """
    [models.dear]
    provider = "ark"
    pixels = { "2K" = { "1:1" = "2048x2048" } }
    cost = { "2K" = 0.04 }
    currency = "USD"
    charges = "results"
    """
)


def store(engine: Engine) -> JobStore:
    return JobStore(engine, Path(), Limits(models=MODELS))


async def begin(jobs: JobStore, *ends: BotError | None) -> Job:
    """Begin a job, and make calls that end so."""
    await add(jobs, amount=4)
    (job,) = await jobs.claim("w", capacity=9, now=1, lease=61)
    meter, request = jobs.call_meter("w", lambda: 1.0), job.draft.request
    for end in ends:
        assert await meter.begin(job, request)
        if end is not None:
            await meter.refund(job, request, end)
    return job


def cost_of(engine: Engine, job: Job) -> tuple[int, str | None]:
    with engine.connect() as connection:
        row = connection.execute(select(table.c.cost, table.c.currency).where(table.c.id == job.id)).one()
        return row.cost, row.currency


async def test_every_call_costs_but_those_that_are_not_charged(engine: Engine) -> None:
    job = await begin(store(engine), None, None, ResultBlocked(), PromptBlocked())
    assert cost_of(engine, job) == (120_000, "USD")


async def test_a_call_that_is_replaced_by_the_result_of_an_earlier_one_costs_nothing(engine: Engine) -> None:
    jobs = store(engine)
    job = await begin(jobs, None, None)
    meter, request = jobs.call_meter("w", lambda: 1.0), job.draft.request
    await meter.refund(job, request, None)
    assert cost_of(engine, job) == (40_000, "USD")
    kept, unmade = RelayUnavailable(), BadReply()
    kept.paid, unmade.paid = True, False
    for error, cost in ((kept, 80_000), (unmade, 80_000)):
        assert await meter.begin(job, request)
        await meter.refund(job, request, error)
        assert cost_of(engine, job) == (cost, "USD")


async def test_a_job_that_fails_or_is_cancelled_keeps_what_it_cost(engine: Engine) -> None:
    jobs = store(engine)
    failed = await begin(jobs, ResultBlocked())
    await jobs.mark_failed(failed, "w", "result-blocked", {})
    # The second call is in flight: nobody sees how it ends.
    cancelled = await begin(jobs, None, None)
    await jobs.cancel(cancelled.id, now=2)
    assert [cost_of(engine, job)[0] for job in (failed, cancelled)] == [40_000, 80_000]


async def test_a_call_of_a_job_that_another_worker_has_is_neither_made_nor_booked(engine: Engine) -> None:
    jobs = store(engine)
    job = await begin(jobs)
    assert not await jobs.call_meter("other", lambda: 1.0).begin(job, job.draft.request)
    assert cost_of(engine, job) == (0, None)


async def test_costs_are_added_up_by_server_and_in_all(engine: Engine) -> None:
    await begin(store(engine), None)
    await begin(store(engine), None, None)
    history = HistoryStore(engine, Path())
    assert await history.spending(3, since=0) == [Spending(currency="USD", micro=120_000)]
    assert await history.spending(None, since=0) == [Spending(currency="USD", micro=120_000)]
    assert await history.spending(4, since=0) == [] == await history.spending(None, since=5)
