"""What the simulated service makes of the prompts that people are shown first."""

from __future__ import annotations

from random import Random

import pytest
import pyvips

from bot.demo.painter.paint import create_canvas, paint
from bot.demo.painter.prompt_scene import COATS, STYLES, Scene, Style, parse_prompt
from bot.demo.painter.repaint import draw_additions
from bot.domain.requests.redraws import INSTRUCTIONS
from bot.ui.i18n.texts import Texts
from tests.support.browser.sample_texts import SAMPLE_TEXTS

LOCALES = ["en", "zh-CN", "zh-TW"]
TEXTS = Texts.load()


STARTER_STYLES = [
    "photo", "watercolour", "ink-wash", "oil", "pencil", "pixel-art", "anime", "comic", "isometric", "clay",
]  # fmt: skip
SHOWN = {
    "result": "lighthouse", "four": "fox", "reencoded": "castle", "styled": "boat", "larger": "boat",
    "missing": "bird", "drawing": "cabin", "next": "vase", "second": "tree", "waiting": "rabbit",
    "busy": "bear", "prompt-blocked": "person", "reference-blocked": "person", "result-blocked": "person",
    "size-refused": "cat", "operator": "flower", "blocked-words": "castle", "huge": "waterfall",
    "error.prompt-blocked-copyright": "mouse", "error.reference-blocked-copyright": "person",
    "error.result-blocked-copyright": "castle", "error.unavailable": "train", "error.bad-reply": "bridge",
    "error.down": "market", "long": "fox", "references": "boat",
}  # fmt: skip
"""The subjects of the prompts on the pictures of cards."""


def scene(prompt: str) -> Scene:
    return parse_prompt(prompt, Random(1))


@pytest.mark.parametrize("locale", LOCALES)
def test_the_good_example_of_the_help_shows_a_ginger_cat_asleep_among_books(locale: str) -> None:
    shown = scene(TEXTS(locale, "help.good-example"))
    assert (shown.subject, shown.setting, shown.time) == ("cat", "library", "dusk")
    assert (shown.coat, shown.asleep, shown.style) == ("ginger", True, "watercolour")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_other_examples_show_their_subjects_and_styles(locale: str) -> None:
    assert scene(TEXTS(locale, "help.bad-example")).subject == "cat"
    street = scene(TEXTS(locale, "help.reply-example"))
    assert (street.setting, street.mood, street.time) == ("city", "winter", "night")
    style = scene(f"a fox, {TEXTS(locale, 'style.text-hint')}")
    assert (style.subject, style.style) == ("fox", "ink") and style.setting != "space"


@pytest.mark.parametrize(
    "prompt", ["a futuristic cityscape at sunset with flying cars", "日落時的未來城市和飛行汽車"]
)
def test_a_named_time_prevails_over_the_mood(prompt: str) -> None:
    city = scene(prompt)
    assert (city.setting, city.time, city.mood, city.flying_cars) == ("city", "dusk", "neon", True)
    assert create_canvas(prompt, 64, 64, 0).palette.dark < 0.6


@pytest.mark.parametrize("prompt", ["a golden retriever in a meadow", "一隻金毛犬"])
def test_breeds_are_dogs_of_their_colour(prompt: str) -> None:
    assert (scene(prompt).subject, scene(prompt).coat) == ("dog", "golden")


@pytest.fixture(scope="module")
def plain() -> pyvips.Image:
    """A picture without a style."""
    return paint("a castle by day", width=120, height=70).copy_memory()


@pytest.mark.parametrize("style", list(STYLES))
def test_every_style_changes_the_whole_picture(style: Style, plain: pyvips.Image) -> None:
    for word in STYLES[style].split():
        assert scene(f"a castle, {word.replace('_', ' ')}").style == style
    styled = paint(f"a castle by day, {STYLES[style].split()[0]}", width=120, height=70)
    assert (styled.width, styled.height, styled.bands, styled.format) == (120, 70, 3, "uchar")
    assert (plain.cast("float") - styled.cast("float")).abs().avg() > 4


@pytest.mark.parametrize("coat", list(COATS))
def test_every_colour_of_an_animal_is_understood_in_each_language(coat: str) -> None:
    words = next(words for name, words in COATS.items() if name == coat)
    assert all(scene(f"{word} cat 猫").coat == coat for word in words.split())


@pytest.mark.parametrize("prompt", ["autumn at noon", "sunset", "a starry night", "日出"])
def test_a_remix_adds_no_second_sun_or_moon(prompt: str) -> None:
    assert draw_additions(create_canvas(prompt, 64, 64, 0)) == ("", "")


@pytest.mark.parametrize("name", list(SHOWN))
def test_every_sample_prompt_shows_its_subject_in_each_language(name: str) -> None:
    assert {scene(texts[name]).subject for texts in SAMPLE_TEXTS.values()} == {SHOWN[name]}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("style", STARTER_STYLES)
def test_a_styles_text_adds_neither_a_place_nor_an_animals_colour(locale: str, style: str) -> None:
    fox = {"en": "a fox in the forest", "zh-CN": "森林里的狐狸", "zh-TW": "森林裡的狐狸"}[locale]
    styled = scene(f"{fox}, {TEXTS(locale, f'starter-text.{style}')}")
    assert (styled.subject, styled.setting, styled.coat) == ("fox", "forest", None)


def test_a_redraw_keeps_its_picture_and_a_variation_varies_it() -> None:
    assert scene(INSTRUCTIONS["upscale"]).remix == "enlarge"
    assert scene(INSTRUCTIONS["vary"]).remix == "vary"
    assert scene("as a woodcut").remix == "repaint"
    assert scene("改成冬天").remix == "recolour"
