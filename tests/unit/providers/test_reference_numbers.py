"""Which reference a service speaks of, by its address, its number or its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.errors.reference_numbers import refused_reference

URLS = tuple(f"https://cdn.example/{name}?ex=1" for name in ("sky", "sea", "fox", "owl"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Timeout while downloading url=https://cdn.example/sea?ex=1", 2),
        ("Invalid image file or mode for image 2, please check your image file.", 2),
        ("the input image 3 may contain sensitive information", 3),
        ("Reference image #4 was rejected", 4),
        ("picture no. 1 can't be read", 1),
        ("The second reference image was flagged", 2),
        ("the 4th image is no picture", 4),
        ("第3张图片下载失败", 3),
        ("第 二 張圖片含有敏感內容", 2),
        (json.dumps({"message": "第3张图片下载失败"}), 3),
        ("image[3] resource download failed", 4),
        ("input_references.0: unreadable", 1),
        ('{"loc": ["body", "image", 1], "msg": "could not decode image"}', 2),
        ("the input image 3 is refused, param image[2]", 3),
        ("images 1 and image 2 are alike", None),
        ("image 5 is refused", None),
        ("image 0 is refused", None),
        ("image 2 MB at most, image 14 px at least, image 1024x1024, image 16:1", None),
        ("the input image may contain sensitive information", None),
        ("image 2 differs from image[2]", None),
    ],
)
def test_the_one_reference_that_an_error_names_is_told(text: str, number: int | None) -> None:
    assert refused_reference(text, URLS, "a fox") == number


def test_numbers_in_a_prompt_that_is_repeated_tell_nothing() -> None:
    prompt = "put the hat of image 2 on the owl"
    assert refused_reference(f"The prompt {prompt} was refused", URLS, prompt) is None
    assert refused_reference(f"The prompt {prompt} was refused for image 3", URLS, prompt) == 3


@given(st.text(), st.text())
def test_any_text_gives_a_reference_or_none(text: str, prompt: str) -> None:
    assert refused_reference(text, URLS, prompt) in (None, 1, 2, 3, 4)
