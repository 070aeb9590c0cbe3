"""A request's life as the console tells it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.models.reports import JobReport
from bot.ops.console.charts import HEIGHT, bars
from bot.ops.console.timeline import timeline

JOB = JobReport(
    id=5,
    kind="imagine",
    state="done",
    problem=None,
    user_id=1,
    guild_id=2,
    channel_id=3,
    model=None,
    ratio="16:9",
    size="2K",
    amount=2,
    drawn=2,
    attempts=2,
    lost=0,
    worker="w",
    created_at=100.0,
    run_at=100.0,
    deadline=3700.0,
    lease=None,
    started_at=103.0,
    drawn_at=123.0,
    finished_at=124.5,
    late_edit_at=None,
    direct=False,
    cost=0,
    currency=None,
)


def test_the_steps_come_in_order_with_the_time_between_them() -> None:
    steps = timeline(JOB)
    assert [(step.text, step.after) for step in steps] == [
        ("accepted: 2 × 16:9 at 2K", None),
        ("started, attempt 2", 3.0),
        ("drawn: 2 of 2 pictures", 20.0),
        ("answered with pictures", 1.5),
    ]


def test_recorded_steps_name_workers_errors_and_models() -> None:
    lines = (
        "103.000\trunning\t1 w1",
        "110.000\twaiting\trelay-busy",
        "111.000\tmodel\tother",
        "112.000\trunning\t2 w2",
        "120.000\twaiting\tlost",
        "123.000\tdrawn\t1",
        "124.500\tdone\t",
    )
    steps = timeline(replace(JOB, steps="".join(f"{line}\n" for line in lines)))
    assert [step.text for step in steps[1:]] == [
        "started, attempt 1, by w1",
        "back in the queue: relay-busy",
        "moved to the model other",
        "started, attempt 2, by w2",
        "back in the queue: its worker was lost",
        "drawn: 1 of 2 pictures",
        "answered with pictures",
    ]


def test_an_end_without_pictures_says_why() -> None:
    refused = replace(JOB, drawn=0, drawn_at=None, problem="prompt-blocked")
    assert timeline(refused)[-1].text == "answered: prompt-blocked"
    assert timeline(replace(refused, state="cancelled", problem=None))[-1].text == "cancelled"


def test_a_waiting_request_has_begun_nothing() -> None:
    waiting = replace(JOB, state="waiting", started_at=None, drawn_at=None, finished_at=None)
    assert [step.at for step in timeline(waiting)] == [100.0]


def test_the_largest_bar_fills_the_drawing() -> None:
    found = bars({"a": (1.0, "1"), "b": (4.0, "4"), "c": (0.0, "0")})
    assert [bar.height for bar in found] == [HEIGHT / 4, HEIGHT, 0]
    assert bars({}) == []
