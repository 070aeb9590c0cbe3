"""The painter: every subject, setting and weather, and remixes of any picture."""

from __future__ import annotations

import pytest
import pyvips

from bot.demo.painter.paint import LANDSCAPES, encode, paint
from bot.demo.painter.prompt_scene import DEFAULT_SETTINGS
from bot.demo.painter.subjects.figures import SUBJECT_FIGURES
from bot.domain.requests.redraws import INSTRUCTIONS
from tests.support.painted import SMALL, distance, lightest, likeness, pixels


def test_another_seed_gives_another_composition() -> None:
    drawn = [pixels("misty mountains at dawn", seed=seed) for seed in range(3)]
    assert all(distance(a, b) > 5 for i, a in enumerate(drawn) for b in drawn[:i])


@pytest.mark.parametrize("prompt", ["a boat at sunset", "a crane over the lake at dawn"])
def test_water_reaches_the_edges(prompt: str) -> None:
    image = paint(prompt, width=640, height=360).colourspace("b-w")
    for x in (0, image.width - 3):
        darkest = 255 - lightest(255 - image.crop(x, 240, 3, 110).median(3))
        assert darkest > 20


def test_every_picture_has_the_watermark() -> None:
    image = paint("desert at night", width=1000, height=1000)
    corner = image.crop(900, 945, 80, 35)
    assert lightest(image.crop(700, 945, 80, 35)) < lightest(corner)
    assert lightest(corner) > 170


def test_a_redraw_looks_like_its_picture_and_a_remix_does_not() -> None:
    fox = pixels("a fox in the snow")
    redrawn = pixels(INSTRUCTIONS["upscale"], encode(fox, "png"))
    varied = pixels(INSTRUCTIONS["vary"], encode(fox, "png")).flip("horizontal")
    assert distance(redrawn, fox) < 15
    assert likeness(varied, fox) > 0.6
    assert distance(pixels("at night", encode(fox, "png")), fox) > 25


@pytest.mark.parametrize("references", [0, 1])
def test_an_isometric_picture_stands_on_a_plain_ground(references: int) -> None:
    drawn = pixels("a castle, isometric", *[encode(pixels("a castle"))] * references)
    corner = drawn.crop(0, 0, 12, 10)
    assert corner.deviate() < drawn.deviate() / 2


def test_a_remix_of_another_shape_fills_the_new_one() -> None:
    reference = encode(paint("a boat", width=150, height=700), "png")
    image = paint("autumn", width=401, height=173, references=(reference,))
    assert (image.width, image.height) == (401, 173)


def test_a_remix_of_several_pictures_shows_them_beside_each_other_in_order() -> None:
    hill, boat = pixels("a castle on a hill", seed=1), pixels("a boat", seed=2)
    remix = pixels("autumn", encode(hill), encode(boat))
    half, high = SMALL[0] // 2, SMALL[1]
    left, right = remix.crop(0, 0, half, high), remix.crop(half, 0, half, high)
    shown = [each.thumbnail_image(half, height=high, crop="centre") for each in (hill, boat)]
    assert likeness(left, shown[0]) > likeness(left, shown[1])
    assert likeness(right, shown[1]) > likeness(right, shown[0])


def test_a_remix_takes_grey_and_transparent_pictures() -> None:
    grey = pyvips.Image.gaussnoise(90, 60, mean=120, seed=1).cast("uchar").copy(interpretation="b-w")
    for reference in (grey, grey.bandjoin(128)):
        assert pixels("spring", reference.pngsave_buffer()).width == SMALL[0]


def test_a_remix_of_no_picture_is_an_error() -> None:
    with pytest.raises(pyvips.Error):
        encode(pixels("spring", b"no picture"))


@pytest.mark.parametrize("subject", [subject for subject in SUBJECT_FIGURES if subject != "none"])
def test_every_subject_is_drawn_in_its_default_setting(subject: str) -> None:
    assert subject in DEFAULT_SETTINGS
    assert pixels(subject).deviate() > 5


@pytest.mark.parametrize(
    ("setting", "weather"),
    list(
        zip(
            LANDSCAPES, ["storm", "snow", "wind", "fog", "rain", "storm", "snow", "wind", "rain"], strict=True
        )
    ),
)
def test_every_setting_is_drawn_in_bad_weather(setting: str, weather: str) -> None:
    assert pixels(f"{setting} {weather}").deviate() > 5
