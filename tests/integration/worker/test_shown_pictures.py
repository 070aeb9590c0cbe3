"""The runner: pictures that a card shows already are neither drawn nor shown again."""

from __future__ import annotations

from bot.domain.errors import RelayBusy, ResultBlocked
from bot.domain.models import Generating, Job, ShownPicture
from bot.domain.ports import PicturesGone
from bot.domain.requests.picture_numbers import number_in
from tests.support.runner_harness import PNG, RunnerHarness


def shown(number: int, job: Job) -> ShownPicture:
    return ShownPicture(
        number=number,
        attachment_id=100 + number,
        name=f"jimeng-{job.id}-{number}.png",
        format="png",
        width=2,
        height=2,
    )


def numbers(job: Job) -> list[int | None]:
    return [number_in(picture.path) for picture in job.pictures]


async def died(harness: RunnerHarness, count: int = 3) -> Job:
    """Submit a job whose worker dies while drawing it."""
    job = await harness.submit(count)
    await harness.jobs.claim("dead", capacity=9, now=harness.now, lease=harness.now + 60)
    harness.now += 61
    return job


async def test_pictures_are_shown_while_the_others_are_drawn(harness: RunnerHarness) -> None:
    runner = harness.new_runner("one at a time", capacity=1)
    await harness.submit(3)
    runner.pump()
    await harness.wait_until_idle()
    drawn = [len(each.pictures) for each in harness.delivery.progress_shown if isinstance(each, Generating)]
    assert drawn == [0, 1, 2]
    (answer,) = harness.delivery.delivered
    assert numbers(answer) == [1, 2, 3]


async def test_only_the_rest_is_drawn_after_a_crash_on_another_machine(
    shared_harness: RunnerHarness,
) -> None:
    harness = shared_harness
    job = await died(harness)
    harness.delivery.on_cards = [shown(1, job)]
    await harness.run_until_idle()
    (answer,) = harness.delivery.delivered
    assert harness.relay.calls == 2 and numbers(answer) == [1, 2, 3]
    assert await harness.state(job) == "done"


async def test_a_picture_that_is_on_the_card_and_on_disk_is_the_same_one(harness: RunnerHarness) -> None:
    job = await died(harness)
    folder = harness.spool / str(job.id)
    folder.mkdir(parents=True)
    for number in (1, 2):
        (folder / f"{number}-drawn.png").write_bytes(PNG)
    harness.delivery.on_cards = [shown(1, job)]
    await harness.run_until_idle()
    (answer,) = harness.delivery.delivered
    assert harness.relay.calls == 1
    assert [picture.path.name for picture in answer.pictures][:2] == ["1-drawn.png", "2-drawn.png"]


async def test_a_drawn_job_whose_other_files_are_lost_draws_only_those(harness: RunnerHarness) -> None:
    harness.delivery.failures = [RuntimeError("killed")]
    job = await harness.submit(2)
    await harness.run_until_idle()
    for file in harness.spool.glob("*/*.png"):
        file.unlink()
    harness.delivery.on_cards = [shown(1, job)]
    harness.now += 11
    await harness.run_until_idle()
    (answer,) = harness.delivery.delivered
    assert harness.relay.calls == 3 and len(answer.pictures) == 2


async def test_a_retry_after_an_error_keeps_what_the_card_shows(harness: RunnerHarness) -> None:
    harness.relay.script = [None, RelayBusy("busy")]
    runner = harness.new_runner("one at a time", capacity=1)
    await harness.submit(2)
    for _ in range(2):
        runner.pump()
        await harness.wait_until_idle()
        harness.now += 120
    (answer,) = harness.delivery.delivered
    assert harness.relay.calls == 3 and numbers(answer) == [1, 2]


async def test_shown_pictures_are_answered_with_when_the_others_are_blocked(harness: RunnerHarness) -> None:
    job = await died(harness, count=2)
    harness.delivery.on_cards = [shown(1, job)]
    harness.relay.script = [ResultBlocked(retry=False)]
    await harness.run_until_idle()
    (answer,) = harness.delivery.delivered
    assert numbers(answer) == [1] and answer.problem == "result-blocked"


async def test_pictures_that_a_card_lost_are_drawn_again(harness: RunnerHarness) -> None:
    job = await died(harness, count=2)
    harness.delivery.on_cards = [shown(1, job)]
    harness.delivery.failures = [PicturesGone()]

    async def forget() -> None:
        harness.delivery.on_cards = []

    harness.delivery.before = forget
    for _ in range(3):
        await harness.run_until_idle()
        harness.now += 11
    (answer,) = harness.delivery.delivered
    assert harness.relay.calls == 2 and numbers(answer) == [1, 2]
