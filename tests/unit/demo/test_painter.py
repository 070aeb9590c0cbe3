"""The painter: exact dimensions, reproducible, and following the prompt."""

from __future__ import annotations

from random import Random

import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.painter.paint import LANDSCAPES, encode, paint
from bot.demo.painter.palettes import PALETTES
from bot.demo.painter.prompt_scene import (
    MOODS,
    SETTINGS,
    SUBJECTS,
    TIMES,
    WEATHERS,
    parse_prompt,
)
from bot.demo.painter.subjects.figures import SUBJECT_FIGURES
from bot.domain.models import PIXELS, Ratio, Size
from tests.support.painted import distance, likeness, pixels
from tests.support.property_testing import examples


@pytest.mark.parametrize(
    ("size", "ratio"), [("1K", "1:1"), ("1K", "4:3"), ("2K", "9:16"), ("4K", "21:9"), ("4K", "3:2")]
)
def test_a_picture_has_exactly_its_dimensions(size: Size, ratio: Ratio) -> None:
    # Not encoded: libvips knows the dimensions before it draws.
    width, height = PIXELS[size][ratio]
    image = paint("a boat on a calm sea", width=width, height=height)
    assert (image.width, image.height, image.bands, image.format) == (width, height, 3, "uchar")


@examples(0.3)
@given(width=st.integers(16, 400), height=st.integers(16, 400), prompt=st.text(max_size=40))
def test_any_prompt_in_any_dimensions_gives_a_picture(width: int, height: int, prompt: str) -> None:
    file = encode(paint(prompt, width=width, height=height))
    image = pyvips.Image.new_from_buffer(file, "")
    assert (image.width, image.height) == (width, height)
    assert image.deviate() > 2


def test_the_same_prompt_and_seed_give_the_same_bytes() -> None:
    assert encode(pixels("a castle", seed=3)) == encode(pixels("a castle", seed=3))
    assert encode(pixels("a castle", seed=3), "png") == encode(pixels("a castle", seed=3), "png")


def test_night_is_darker_than_day() -> None:
    assert pixels("a tree at night").avg() < pixels("a tree by day").avg() - 40


@pytest.mark.parametrize("prompt", ["neon city with a cat", "暴风雨"])
def test_a_remix_shows_both_the_reference_and_the_prompt(prompt: str) -> None:
    source = pixels("a castle on a hill, golden hour", seed=1)
    remix = pixels(prompt, encode(source))
    assert distance(remix, source) > 12
    assert distance(remix, pixels(prompt)) > 12
    assert likeness(remix, source) > 0.4


@pytest.mark.parametrize(
    ("prompt", "subject", "setting", "weather", "time"),
    [
        ("a lighthouse in a storm", "lighthouse", "sea", "storm", None),
        ("a cat on a windowsill at night", "cat", "window", "clear", "night"),
        ("misty mountains at dawn", "none", "mountains", "fog", "dawn"),
        ("雪山下的小屋", "cabin", "mountains", "snow", None),
        ("neon city in the rain", "none", "city", "rain", "night"),
        ("desert under stars", "none", "desert", "clear", "night"),
        ("a castle on a hill, golden hour", "castle", "hills", "clear", "dusk"),
        ("a boat on a calm sea at sunset", "boat", "sea", "clear", "dusk"),
        ("雾中的灯塔，黄昏", "lighthouse", "sea", "fog", "dusk"),
        ("暴風雨中的燈塔，黃昏", "lighthouse", "sea", "storm", "dusk"),
        ("銀河下的鳥，夜", "bird", "space", "clear", "night"),
        ("a catalogue of boathouses", "none", None, "clear", None),
    ],
)
def test_prompts_are_parsed_in_english_and_chinese(
    prompt: str, subject: str, setting: str | None, weather: str, time: str | None
) -> None:
    scene = parse_prompt(prompt, Random(1))
    assert (scene.subject, scene.weather) == (subject, weather)
    assert setting in (None, scene.setting)
    assert time in (None, scene.time)


@pytest.mark.parametrize("table", [SUBJECTS, SETTINGS, WEATHERS, TIMES, MOODS], ids=list("abcde"))
def test_every_word_has_a_picture(table: dict[str, str]) -> None:
    for row, words in table.items():
        scene = parse_prompt(words.split()[0], Random(1))
        assert row in (scene.subject, scene.setting, scene.weather, scene.time, scene.mood)
        assert scene.setting in LANDSCAPES
        assert scene.subject in SUBJECT_FIGURES


def test_every_palette_has_valid_colours() -> None:
    for palettes in PALETTES.values():
        for palette in palettes:
            assert 4 <= len(palette.sky) <= 5
            assert all(len(colour) == 7 and int(colour[1:], 16) >= 0 for colour in palette.sky)
