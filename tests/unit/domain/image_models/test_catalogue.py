"""Which ratio and size a model draws instead of one that it doesn't have."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.image_models.catalogue import Model, in_language
from bot.domain.models import Ratio, Size

RATIOS, SIZES = st.sampled_from(get_args(Ratio)), st.sampled_from(get_args(Size))
TABLES = st.dictionaries(
    SIZES, st.dictionaries(RATIOS, st.just((2048, 2048)), min_size=1), min_size=1
)  # fmt: skip


def model(pixels: dict[Size, dict[Ratio, tuple[int, int]]]) -> Model:
    return Model(
        id="one",
        provider="ark",
        upstream="one",
        label={"en": "One", "zh-CN": "一"},
        summary={},
        pixels=pixels,
        size_style="pixels",
        references=1,
        reference_style="url",
    )


@given(TABLES, RATIOS, SIZES, SIZES)
def test_what_is_drawn_instead_is_always_drawn_and_the_same_where_possible(
    pixels: dict[Size, dict[Ratio, tuple[int, int]]], ratio: Ratio, size: Size, largest: Size
) -> None:
    one = model(pixels)
    found = one.nearest(ratio, size, largest)
    assert one.draws(*found)
    order = get_args(Size)
    if one.draws(ratio, size) and order.index(size) <= order.index(largest):
        assert found == (ratio, size)
    if any(order.index(each) <= order.index(largest) for each in pixels):
        assert order.index(found[1]) <= order.index(largest)


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        (("16:9", "1K"), ("16:9", "2K")),  # the ratio before the size
        (("1:1", "2K"), ("1:1", "4K")),  # a larger size before a smaller one
        (("2:3", "1K"), ("1:1", "1K")),
        (("21:9", "4K"), ("16:9", "2K")),
    ],
)
def test_the_nearest_is_drawn(asked: tuple[Ratio, Size], drawn: tuple[Ratio, Size]) -> None:
    some = {"1K": {"1:1": (1, 1)}, "2K": {"16:9": (1, 1)}, "4K": {"1:1": (1, 1)}}
    assert model(some).nearest(*asked, "4K") == drawn  # pyright: ignore[reportArgumentType]


def test_a_label_is_read_in_the_language_or_in_english() -> None:
    assert in_language({"en": "One", "zh-CN": "一"}, "zh-CN") == "一"
    assert in_language({"en": "One"}, "zh-TW") == "One" and in_language({}, "en") == ""
