"""Events are cleaned before discord.py parses them, and skipped where it can't."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.event_parsers import clean_texts, skip_unparseable


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


ESCAPED = st.text(st.sampled_from("\\nx'\"\n\r\t\0\x07\x7f\x9f\ud800\u200b🦊"))
TYPED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()) | ESCAPED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


@given(TYPED)
def test_no_text_that_people_type_reaches_the_bot_with_control_characters(data: Any) -> None:
    parsed: list[Any] = []
    clean_texts({"INTERACTION_CREATE": parsed.append})["INTERACTION_CREATE"](data)
    (seen,) = parsed
    texts = list(texts_in(seen))
    assert len(texts) == len(list(texts_in(data)))
    for before, text in zip(texts_in(data), texts, strict=True):
        assert not any(is_forbidden(character) for character in text)
        assert text == "".join(character for character in before if not is_forbidden(character))
        text.encode()


def test_an_event_without_control_characters_is_parsed_as_it_came() -> None:
    parsed: list[Any] = []
    event = {"id": "1", "options": [{"value": "两只狐狸\nin the snow 🦊", "type": 3, "focused": None}]}
    clean_texts({"INTERACTION_CREATE": parsed.append})["INTERACTION_CREATE"](event)
    assert parsed[0] is event


def is_forbidden(character: str) -> bool:
    category = unicodedata.category(character)
    return category == "Cs" or (category == "Cc" and character not in "\t\n\r")


def texts_in(data: Any) -> Iterator[str]:
    """Yield the texts in a payload."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from texts_in(list(cast("dict[str, Any]", data).values()))
    elif isinstance(data, list):
        for each in cast("list[Any]", data):
            yield from texts_in(each)
