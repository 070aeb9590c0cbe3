"""Events that discord.py can't parse are skipped."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.gateway.event_parsers import skip_unparseable


def test_an_unparseable_event_is_skipped_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    parsed: list[Any] = []

    def parse(data: dict[str, Any]) -> None:
        parsed.append(data["id"])

    parsers = skip_unparseable({"MESSAGE_CREATE": parse})
    with caplog.at_level(logging.ERROR):
        for data in ({}, {"id": 1}, {}, {"id": 2}):
            parsers["MESSAGE_CREATE"](data)
    assert parsed == [1, 2]
    assert len(caplog.records) == 1
    assert "MESSAGE_CREATE" in caplog.text


def test_a_session_that_cannot_begin_is_an_error() -> None:
    def parse(data: dict[str, Any]) -> None:
        raise KeyError(data)

    with pytest.raises(KeyError):
        skip_unparseable({"READY": parse})["READY"]({})
