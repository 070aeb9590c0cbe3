"""The size and ratio that follow a refused one."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.domain.image_models.ratios import nearest_ratio
from bot.domain.image_models.size_steps import next_size
from bot.domain.models import Ratio, Size


@pytest.mark.parametrize(
    ("size", "largest", "following"),
    [("1K", "4K", "2K"), ("2K", "4K", "4K"), ("4K", "4K", None), ("1K", "1K", None), ("2K", "2K", None)],
)
def test_a_size_is_followed_by_the_next_larger_one_up_to_the_servers_largest(
    size: Size, largest: Size, following: Size | None
) -> None:
    assert next_size(size, largest) == following


def test_the_nearest_ratio_is_another_one_of_the_same_orientation() -> None:
    nearest = {ratio: nearest_ratio(ratio) for ratio in get_args(Ratio)}
    assert nearest == {
        "1:1": "4:3",
        "16:9": "3:2",
        "9:16": "2:3",
        "4:3": "3:2",
        "3:4": "2:3",
        "3:2": "4:3",
        "2:3": "3:4",
        "21:9": "16:9",
    }
