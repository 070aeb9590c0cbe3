from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import errors
from bot.domain.errors import Blocked, BotError, PromptBlocked, ReferenceUnusable, RelayBusy, ResultBlocked
from bot.providers.errors.refusals import classify, token_refused
from tests.support.processor_time import is_quick

SAMPLES = Path(__file__).with_name("refusals.jsonl").read_text("utf-8").splitlines()

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["code", "error", "message", "status", "param"]) | st.text(), inner)
        | inner.map(json.dumps)
    ),
    max_leaves=15,
)


def samples() -> Iterator[Any]:
    for number, line in enumerate(SAMPLES, 1):
        sample = json.loads(line)
        yield pytest.param(sample, id=f"line {number}: {sample['status']} is {sample['expect']}")


@pytest.mark.parametrize("sample", list(samples()))
def test_every_known_shape_means_one_error(sample: dict[str, Any]) -> None:
    error = classify(sample["status"], sample["body"])
    assert type(error) is getattr(errors, sample["expect"])
    assert sample["retry"] in (None, error.retry)
    for fact in {"reason", "problem"} & sample.keys():
        assert error.facts[fact] == sample[fact]


@given(st.integers(0, 999), st.text())
def test_no_text_raises(status: int, body: str) -> None:
    assert isinstance(classify(status, body), BotError)


@given(st.integers(200, 599), values, st.text(max_size=10), st.text(max_size=10))
def test_no_json_raises_at_any_position(status: int, value: object, before: str, after: str) -> None:
    assert isinstance(classify(status, before + json.dumps(value) + after), BotError)


@given(st.sampled_from(SAMPLES), st.data())
def test_no_truncated_body_raises(line: str, data: st.DataObject) -> None:
    body = json.loads(line)["body"]
    assert isinstance(classify(502, body[: data.draw(st.integers(0, len(body)))]), BotError)


@given(st.integers(0, 8), st.text(max_size=20).filter(lambda text: "{" not in text))
def test_a_code_is_found_at_any_depth(depth: int, words: str) -> None:
    body = json.dumps({"error": {"code": "InputTextSensitiveContentDetected", "message": words}})
    for _ in range(depth):
        body = json.dumps({"error": "Request failed", "message": f"Jimeng API error (400): {body} {words}"})
    assert type(classify(500, body)) is PromptBlocked


@given(st.text())
def test_the_message_beside_a_known_code_does_not_matter(echo: str) -> None:
    body = json.dumps({"error": {"code": "RequestBurstTooFast", "message": echo.replace("{", "(")}})
    assert type(classify(429, body)) is RelayBusy


@pytest.mark.parametrize(
    "body",
    [
        "{" * 60_000,
        '{"a":' * 20_000,
        "[" * 60_000,
        '{"code":' + "9" * 9_000,
        "\\" * 60_000,
        "{" + "\\" * 65_536,
        "{" + "\\'" * 30_000,
        "{" + "\\u" * 30_000,
        "{" + '"ab":"' * 10_000,
        json.dumps([{"message": "the generated image or the prompt " * 100}] * 20),
        json.dumps({f"k{n}": "{" for n in range(5_000)}),
        "prompt " * 9_000,
        json.dumps([{"message": "x"}] * 10_000),
        "<" + "<script " * 8_000,
        "<&" + "a" * 60_000,
        "<" + "Aa" * 30_000 + "." * 60_000,
    ],
)
def test_a_hostile_body_is_classified_quickly(body: str) -> None:
    assert isinstance(classify(500, body), BotError)
    assert is_quick(lambda: classify(500, body), 0.05)


def test_an_unknown_body_is_kept_for_the_log() -> None:
    error = classify(418, "I have no words" + "!" * 20_000)
    assert type(error) is BotError
    assert "HTTP 418: I have no words!!" in error.detail
    assert 8_000 <= len(error.detail) < 8_100


def test_the_message_for_members_repeats_nothing_of_the_body() -> None:
    assert "secret" not in str(classify(400, "sensitive secret"))


def test_a_refusal_that_names_no_side_is_only_blocked() -> None:
    assert type(classify(400, "内容包含敏感信息")) is Blocked


def test_http_413_blames_the_reference() -> None:
    error = classify(413, "")
    assert isinstance(error, ReferenceUnusable)
    assert error.problem == "too-big"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("86400", 3600.0),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("9" * 5000, None),
        ("soon", None),
        ("", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 99999999999 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_parsed_within_bounds(header: str | None, seconds: float | None) -> None:
    error = classify(429, "", retry_after=header)
    assert isinstance(error, RelayBusy)
    assert error.retry_after == seconds


def test_retry_after_may_be_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    error = classify(429, "", retry_after=soon)
    assert isinstance(error, RelayBusy)
    assert error.retry_after is not None
    assert 80 < error.retry_after <= 90


@given(st.text())
def test_no_retry_after_raises(header: str) -> None:
    assert isinstance(classify(429, "", retry_after=header), RelayBusy)


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_a_missing_token_is_recognized_at_every_status(status: int) -> None:
    assert token_refused(status, '{"error": "Missing sandbox token"}')


def test_other_refusals_do_not_ask_for_a_token() -> None:
    assert not token_refused(403, '{"error": {"code": "AccountOverdueError"}}')
    assert not token_refused(500, "")


@pytest.mark.parametrize(
    ("code", "severe"),
    [
        ("SensitiveContentDetected.SevereViolation", True),
        ("InputTextSensitiveContentDetected.SevereViolation", True),
        ("PROHIBITED_CONTENT", True),
        ("SensitiveContentDetected", False),
        ("InputTextSensitiveContentDetected.PolicyViolation", False),
    ],
)
def test_a_severe_refusal_is_told_from_others(code: str, severe: bool) -> None:
    error = classify(400, json.dumps({"error": {"code": code, "message": "Something."}}))
    assert isinstance(error, Blocked)
    assert error.facts.get("severe", False) is severe


def test_a_result_that_was_refused_as_severe_is_not_tried_again() -> None:
    error = classify(400, '{"error": {"code": "OutputImageSensitiveContentDetected.SevereViolation"}}')
    assert isinstance(error, ResultBlocked) and not error.retry
