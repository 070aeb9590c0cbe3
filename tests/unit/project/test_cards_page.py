"""docs/cards.md shows every card, each with a description."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.browser.card_sheets import PICTURES
from tests.support.browser.gallery import LOCALES

DOCS = Path(__file__).parents[3] / "docs"
DOCUMENTED = re.findall(
    r"!\[([^]]*)\]\(images/cards/([\w-]+)\.webp\)", (DOCS / "cards.md").read_text("utf-8")
)
BUDGET = 4_100_000
"""Bytes of all pictures together, which every clone downloads."""


def test_every_card_is_on_the_page_once() -> None:
    desktop = {f"desktop-{locale}" for locale in LOCALES}
    assert sorted(name for _, name in DOCUMENTED) == sorted(PICTURES.keys() | desktop)


def test_every_picture_is_there_and_none_is_left_over() -> None:
    assert {file.stem for file in (DOCS / "images" / "cards").iterdir()} == {name for _, name in DOCUMENTED}


def test_every_picture_has_a_description_of_its_own() -> None:
    descriptions = [description for description, _ in DOCUMENTED]
    assert all(len(description) > 20 for description in descriptions)
    assert len(set(descriptions)) == len(descriptions)


def test_the_pictures_stay_small() -> None:
    assert sum(file.stat().st_size for file in (DOCS / "images").rglob("*") if file.is_file()) <= BUDGET
