"""The runner: each picture of a comparison is drawn by its own model, whatever happens to the others."""

from __future__ import annotations

import asyncio

from bot.domain.errors import PromptBlocked, RelayBusy, RelayDown, SizeRefused
from bot.domain.image_models.comparisons import draft_of, failed_numbers
from bot.domain.models import Generating, Job
from bot.domain.request_rules import relay_request
from bot.domain.requests.picture_numbers import number_in
from bot.store.queue.limits import Limits
from bot.worker.generation.drawn_pictures import own_folder
from tests.support.runner_harness import PNG, RunnerHarness, until
from tests.support.store.services import MODELS as MODELS_OF_TWO

MODELS = ("one", "two", "three")


def numbers(job: Job) -> list[int | None]:
    return [number_in(picture.path) for picture in job.pictures]


async def test_pictures_appear_one_by_one_under_their_models_numbers(harness: RunnerHarness) -> None:
    runner = harness.new_runner("one at a time", capacity=1)
    await harness.submit(compared=MODELS)
    runner.pump()
    await harness.wait_until_idle()
    assert harness.relay.models == list(MODELS)
    drawn = [len(each.pictures) for each in harness.delivery.progress_shown if isinstance(each, Generating)]
    assert drawn == [0, 1, 2]
    assert numbers(harness.delivery.delivered[0]) == [1, 2, 3]


async def test_a_refusal_and_a_model_that_is_down_leave_the_others_alone(harness: RunnerHarness) -> None:
    harness.relay.by_model = {"one": PromptBlocked(severe=True), "two": RelayDown(until=harness.now + 30)}
    await harness.submit(compared=MODELS)
    await harness.run_until_idle()
    (answer,) = harness.delivery.delivered
    assert numbers(answer) == [3]
    assert failed_numbers(answer) == {1: "prompt-blocked", 2: "down"}
    assert answer.facts["severe"] and answer.problem == "prompt-blocked"
    assert harness.relay.calls == 3


async def test_what_can_pass_is_tried_again_and_nothing_else(harness: RunnerHarness) -> None:
    harness.relay.by_model = {"one": SizeRefused(), "two": RelayBusy(retry_after=5)}
    job = await harness.submit(compared=MODELS)
    await harness.run_until_idle()
    assert await harness.state(job) == "waiting"
    harness.relay.by_model = {}
    harness.now += 10
    await harness.run_until_idle()
    assert sorted(map(str, harness.relay.models)) == ["one", "three", "two", "two"]
    (answer,) = harness.delivery.delivered
    assert numbers(answer) == [2, 3] and failed_numbers(answer) == {1: "size-refused"}


async def test_a_picture_on_this_disk_counts_though_another_worker_failed_to_draw_it(
    harness: RunnerHarness,
) -> None:
    harness.relay.by_model = {"one": PromptBlocked(), "two": RelayBusy(retry_after=5)}
    job = await harness.submit(compared=("one", "two"))
    await harness.run_until_idle()
    harness.relay.by_model = {}
    folder = harness.spool / str(job.id)
    folder.mkdir(parents=True)
    (folder / "1-a.png").write_bytes(PNG)
    harness.now += 10
    await harness.run_until_idle()
    (answer,) = harness.delivery.delivered
    assert numbers(answer) == [1, 2]
    assert (failed_numbers(answer), answer.problem) == ({}, None)


async def test_a_model_that_stays_busy_is_given_up_in_the_end(harness: RunnerHarness) -> None:
    harness.relay.by_model = {"two": RelayBusy()}
    await harness.submit(compared=("one", "two"))
    while not harness.delivery.delivered:
        await harness.run_until_idle()
        harness.now += 120
    (answer,) = harness.delivery.delivered
    assert numbers(answer) == [1] and failed_numbers(answer) == {2: "busy"}
    assert harness.relay.models.count("one") == 1


async def test_only_what_is_left_is_drawn_after_a_crash(harness: RunnerHarness) -> None:
    job = await harness.submit(compared=MODELS)
    await harness.jobs.claim("dead", capacity=9, now=harness.now, lease=harness.now + 60)
    # It died after a picture was numbered, and after another was drawn.
    folder = harness.spool / str(job.id)
    own_folder(folder, 3).mkdir(parents=True)
    (folder / "1-a.png").write_bytes(PNG)
    (own_folder(folder, 3) / "b.png").write_bytes(PNG)
    harness.now += 61
    await harness.run_until_idle()
    assert harness.relay.models == ["two"]
    (answer,) = harness.delivery.delivered
    assert numbers(answer) == [1, 2, 3]


async def test_without_any_picture_it_fails_with_the_reason_of_each(harness: RunnerHarness) -> None:
    harness.relay.by_model = {"one": PromptBlocked(), "two": SizeRefused()}
    await harness.submit(compared=("one", "two"))
    await harness.run_until_idle()
    (answer,) = harness.delivery.delivered
    assert (answer.state, answer.problem) == ("failed", "prompt-blocked")
    assert failed_numbers(answer) == {1: "prompt-blocked", 2: "size-refused"}


async def test_each_slot_draws_its_models_in_turn_and_an_unreachable_one_is_not_called(
    harness: RunnerHarness,
) -> None:
    harness.jobs.limits = Limits(models=MODELS_OF_TWO)
    await harness.relay_state.register(MODELS_OF_TWO.services.names)
    for now in (harness.now - 10, harness.now - 5, harness.now):
        await harness.relay_state.record_failure("relay", began=now, now=now)
    runner = harness.new_runner("two slots", capacity=1)
    await harness.submit(compared=("first", "second", "narrow"))
    runner.pump()
    await harness.wait_until_idle()
    assert harness.relay.models == ["second", "narrow"] and harness.relay.most_at_once == 1
    (answer,) = harness.delivery.delivered
    assert numbers(answer) == [2, 3] and failed_numbers(answer) == {1: "down"}


async def test_a_cancelled_comparison_keeps_what_its_card_shows_and_stops_the_rest(
    harness: RunnerHarness,
) -> None:
    harness.relay.gate = asyncio.Event()
    runner = harness.new_runner("one at a time", capacity=1)
    job = await harness.submit(compared=MODELS)
    runner.pump()
    await until(lambda: harness.relay.calls == 1)
    await harness.jobs.cancel(job.id, now=harness.now)
    harness.now += 30
    runner.tick()
    # Its call is stopped by what the queue shows; an open gate would let it go on to the next model.
    await runner.wait_for_pump()
    harness.relay.open_gate()
    await harness.wait_until_idle()
    assert await harness.state(job) == "cancelled"
    assert harness.relay.models == ["one"] and not harness.delivery.delivered
    assert not await harness.jobs.open_ids()


async def test_another_worker_goes_on_with_a_comparison_over_two_services(harness: RunnerHarness) -> None:
    harness.jobs.limits = Limits(models=MODELS_OF_TWO, calls_a_minute=4)
    await harness.relay_state.register(MODELS_OF_TWO.services.names)
    job = await harness.submit(compared=("first", "second"))
    (claimed,) = await harness.jobs.claim("dead", capacity=4, now=harness.now, lease=harness.now + 60)
    meter = harness.jobs.call_meter("dead", lambda: harness.now)
    assert await meter.begin(claimed, relay_request(draft_of(job.draft, 1)))
    own_folder(harness.spool / str(job.id), 1).mkdir(parents=True)
    (own_folder(harness.spool / str(job.id), 1) / "a.png").write_bytes(PNG)
    harness.now += 61
    await harness.run_until_idle()
    assert harness.relay.models == ["second"]
    (answer,) = harness.delivery.delivered
    assert numbers(answer) == [1, 2] and not failed_numbers(answer)
