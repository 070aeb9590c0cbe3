"""Prompts name references as the image services number them."""

from __future__ import annotations

import pytest

from bot.domain.requests.reference_numbers import as_services_number


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("the fox of picture 1 in the forest of Picture 2", "the fox of image 1 in the forest of image 2"),
        ("photo #2 in the style of pic 1", "image 2 in the style of image 1"),
        ("image 2 stays", "image 2 stays"),
        ("圖1的狐狸，放進圖片 2", "图1的狐狸，放進图2"),
        ("图１和图2", "图1和图2"),
        ("picture 3 of my life, 图3", "picture 3 of my life, 图3"),
        ("picture 12 and 图12 and pictures 1", "picture 12 and 图12 and pictures 1"),
    ],
)
def test_pictures_are_numbered_as_the_services_do(written: str, sent: str) -> None:
    assert as_services_number(written, 2) == sent


def test_a_single_reference_needs_no_number() -> None:
    assert as_services_number("picture 1 and 圖1", 1) == "picture 1 and 圖1"
