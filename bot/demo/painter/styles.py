"""Filters that turn a painted picture into the style its prompt asks for."""

from __future__ import annotations

import math
from collections.abc import Callable

import pyvips

from bot.demo.painter.prompt_scene import Style

DRAFT = 1000
"""The longer side, in pixels, at which a style is applied before it is scaled up."""

PAPER = (246.0, 240.0, 226.0)
INK = (34.0, 32.0, 38.0)


def apply_style(image: pyvips.Image, style: Style) -> pyvips.Image:
    """Return an RGB image of the same dimensions in this style."""
    apply = _STYLES.get(style)
    if apply is None:
        return image
    width, height = image.width, image.height
    small = min(1.0, DRAFT / max(width, height))
    draft = image.resize(small).copy_memory() if small < 1 else image.copy_memory()
    styled = apply(draft).cast("uchar").copy(interpretation="srgb")
    kernel = "nearest" if style == "pixel" else "linear"
    grown = styled.resize(width / styled.width, vscale=height / styled.height, kernel=kernel)
    # Rounding can leave the last row or column out.
    return grown.embed(0, 0, width, height, extend="copy")


def _watercolour(image: pyvips.Image) -> pyvips.Image:
    flat = image.median(5).gaussblur(0.8)
    # Pigment pools in drifts and at the rims of each wash.
    pools = 1 + _drifts(image) * 0.07
    washed = (flat * 0.72 + 255 * 0.28) * pools
    rims = 1 - (_edges(flat) / 255).clamp() * 0.3
    return washed * rims * _paper_texture(image, 0.06)


def _ink(image: pyvips.Image) -> pyvips.Image:
    tone = _tone(image).hist_equal().cast("float")
    # Only what is dark is painted, in soft washes; the rest of the paper stays empty.
    wash = (
        ((tone.gaussblur(4) - 15) / 110).clamp() * 0.5 + ((tone.gaussblur(1) - 10) / 120).clamp() * 0.5
    ).clamp()
    strokes = 1 - (_edges(image.median(5)) / 400).clamp() * 0.6
    return _ink_on_paper(wash * strokes) * _paper_texture(image, 0.04)


def _pixel(image: pyvips.Image) -> pyvips.Image:
    blocks = image.resize(min(1.0, 150 / max(image.width, image.height)))
    return (blocks.cast("float") / 36).rint() * 36


def _oil(image: pyvips.Image) -> pyvips.Image:
    strokes = image.median(11).cast("float")
    relief = _tone(strokes + _noise(image, 22, 1.6)).conv(
        pyvips.Image.new_from_array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])
    )
    return strokes * 1.06 + (relief - _tone(strokes)) * 0.35


def _pencil(image: pyvips.Image) -> pyvips.Image:
    tone = _tone(image).gaussblur(0.6)
    hatching = _stripes(image, 7, 0.7) * 30
    lines = 1 - (_edges(image) / 130).clamp() * 0.85
    shade = ((tone + hatching + 70) / 255).clamp()
    return _ink_on_paper(shade * 0.75 + 0.25) * lines * _paper_texture(image, 0.08)


def _woodcut(image: pyvips.Image) -> pyvips.Image:
    tone = _tone(image).gaussblur(1.5).cast("float")
    # What is darker or lighter than its surroundings stays visible in the dark and the light parts.
    around = tone.gaussblur(24)
    level = around.cast("uchar").hist_equal().cast("float") + (tone - around) * 3
    cut = level > _stripes(image, 9, 0.12) * 105 + 122
    outlines = _edges(image.median(5)) > 70
    printed = (outlines & (around < 90)).ifthenelse(255, (outlines & (around >= 90)).ifthenelse(0, cut))
    return _ink_on_paper(printed.cast("float") / 255) * _paper_texture(image, 0.05)


def _comic(image: pyvips.Image) -> pyvips.Image:
    smooth = image.median(5)
    vivid = (smooth.cast("float") - _tone(smooth)) * 1.5 + _tone(smooth)
    flat = (vivid / 32).rint() * 32
    return (_edges(smooth) > 70).ifthenelse([20.0, 20.0, 28.0], flat * 1.08)


def _clay(image: pyvips.Image) -> pyvips.Image:
    smooth = image.median(7).gaussblur(1.6).cast("float")
    vivid = (smooth - _tone(smooth)) * 1.4 + _tone(smooth)
    lumps = ((vivid / 32).rint() * 32).gaussblur(1.6)
    # Light from the upper left on rounded edges, and the ridges of fingerprints here and there.
    height = _tone(lumps).gaussblur(2).cast("float")
    lit = height - height.embed(-5, -5, image.width, image.height, extend="copy")
    ridges = _stripes(image, 7, 0.6) * (_drifts(image) * 2).clamp() * 5
    return lumps * 0.9 + 20 - lit * 0.9 + ridges


def _isometric(image: pyvips.Image) -> pyvips.Image:
    """Soft pastel colours."""
    return image.median(3).cast("float") * 0.82 + 46


_STYLES: dict[Style, Callable[[pyvips.Image], pyvips.Image]] = {
    "watercolour": _watercolour,
    "ink": _ink,
    "pixel": _pixel,
    "oil": _oil,
    "pencil": _pencil,
    "woodcut": _woodcut,
    "comic": _comic,
    "clay": _clay,
    "isometric": _isometric,
}


def _tone(image: pyvips.Image) -> pyvips.Image:
    """Return the brightness of each pixel, 0 to 255."""
    clipped = image.cast("uchar").copy(interpretation="srgb")
    return clipped.colourspace("b-w").extract_band(0).copy_memory()


def _edges(image: pyvips.Image) -> pyvips.Image:
    return _tone(image).sobel().gaussblur(0.7)


def _ink_on_paper(light: pyvips.Image) -> pyvips.Image:
    """Map 0 to ink and 1 to paper."""
    spread = [paper - ink for paper, ink in zip(PAPER, INK, strict=True)]
    return light.bandjoin([light, light]) * spread + list(INK)


def _paper_texture(image: pyvips.Image, strength: float) -> pyvips.Image:
    """Return a factor for each pixel that varies as the paper's grain does."""
    return 1 + _noise(image, 1, 1.1) * strength


def _noise(image: pyvips.Image, sigma: float, blur: float) -> pyvips.Image:
    size = image.width, image.height
    return pyvips.Image.gaussnoise(*size, sigma=sigma, mean=0, seed=7).gaussblur(blur).copy_memory()


def _drifts(image: pyvips.Image) -> pyvips.Image:
    """Return noise that varies over some thirty pixels."""
    wide, high = image.width // 16 + 2, image.height // 16 + 2
    coarse = pyvips.Image.gaussnoise(wide, high, sigma=1, mean=0, seed=8).gaussblur(1)
    return coarse.resize(16, kernel="cubic").crop(0, 0, image.width, image.height).copy_memory()


def _stripes(image: pyvips.Image, period: float, slope: float) -> pyvips.Image:
    """Return slanted waves between -1 and 1."""
    place = pyvips.Image.xyz(image.width, image.height)
    along = place.extract_band(1) + place.extract_band(0) * slope
    return (along * (360 / period / math.hypot(1, slope))).sin()
