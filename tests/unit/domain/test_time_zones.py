"""Time zones by name, city or offset."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.time_zones import parse_time_zone


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        (" asia / shanghai ", None),
        ("america/new york", "America/New_York"),
        ("Shanghai", "Asia/Shanghai"),
        ("上海", "Asia/Shanghai"),
        ("北京市", "Asia/Shanghai"),
        ("Beijing", "Asia/Shanghai"),
        ("台北", "Asia/Taipei"),
        ("臺北", "Asia/Taipei"),
        ("香港", "Asia/Hong_Kong"),
        ("紐約", "America/New_York"),
        ("são paulo", "America/Sao_Paulo"),
        ("Kolkata", "Asia/Kolkata"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("utc", "UTC"),
        ("GMT+0", "UTC"),
        ("UTC+8", "Etc/GMT-8"),
        ("ＵＴＣ＋０８：００", "Etc/GMT-8"),
        ("gmt −5", "Etc/GMT+5"),
        ("UTC-14", None),
        ("UTC+5:30", None),
        ("nowhere", None),
        ("", None),
    ],
)
def test_a_zone_is_found_by_any_of_its_names(text: str, name: str | None) -> None:
    assert parse_time_zone(text) == name


@given(st.text() | st.from_regex(r"(utc|gmt)[+-][0-9]{1,2}"))
def test_every_result_is_a_valid_zone(text: str) -> None:
    if (name := parse_time_zone(text)) is not None:
        assert ZoneInfo(name)
