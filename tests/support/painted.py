"""Small painted pictures, and how much two of them differ."""

from __future__ import annotations

import pyvips

from bot.demo.painter.paint import paint

SMALL = (160, 90)


def pixels(prompt: str, *references: bytes, seed: int = 0) -> pyvips.Image:
    """Paint a small picture."""
    return paint(prompt, width=SMALL[0], height=SMALL[1], seed=seed, references=references)


def distance(one: pyvips.Image, other: pyvips.Image) -> float:
    """Return the mean difference of the pixels, 0 to 255."""
    return (one.cast("float") - other.cast("float")).abs().avg()


def lightest(image: pyvips.Image) -> float:
    """Return the brightness of the lightest pixel, 0 to 255."""
    value = image.colourspace("b-w").max()
    assert isinstance(value, float)
    return value


def likeness(one: pyvips.Image, other: pyvips.Image) -> float:
    """Correlate the outlines of two pictures, -1 to 1."""
    a, b = (image.colourspace("b-w").cast("float").gaussblur(2) for image in (one, other))
    a, b = a - a.avg(), b - b.avg()
    return (a * b).avg() / max(a.deviate() * b.deviate(), 1e-9)
