"""How a prompt names one of several references, and how the image services do."""

from __future__ import annotations

import re

_ENGLISH = re.compile(
    r"(?<!\w)(?P<noun>picture|photo|pic|image)(?:\s+|\s*#\s*)(?P<number>[1-9１-９])(?!\w)", re.IGNORECASE
)
_CHINESE = re.compile(r"(?:图片|圖片|图|圖)\s*(?P<number>[1-9１-９])(?![0-9０-９])")


def as_services_number(prompt: str, references: int) -> str:
    """Return a prompt that names its references as the services do: ``image 2``, ``图2``.

    People write ``picture 2``, ``圖2``, ``圖片 2``. A number beyond ``references`` stays as it is, and with
    one reference everything does.
    """
    if references < 2:
        return prompt

    def english(found: re.Match[str]) -> str:
        return f"image {_number(found)}" if _number(found) <= references else found[0]

    def chinese(found: re.Match[str]) -> str:
        return f"图{_number(found)}" if _number(found) <= references else found[0]

    return _CHINESE.sub(chinese, _ENGLISH.sub(english, prompt))


def _number(found: re.Match[str]) -> int:
    return int(found["number"])
