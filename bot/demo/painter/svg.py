"""SVG elements: shapes, gradients and terrain lines."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from itertools import pairwise
from random import Random

Point = tuple[float, float]


def polygon(points: Sequence[Point], fill: str, opacity: float = 1.0) -> str:
    """Draw straight lines through the points, closed."""
    return shape("M" + "L".join(_format_point(point) for point in points) + "Z", fill, opacity)


def shape(d: str, fill: str, opacity: float = 1.0) -> str:
    """Draw a filled path."""
    return f'<path d="{d}" fill="{fill}"{_opacity(opacity, "fill-")}/>'


def line(d: str, colour: str, width: float, opacity: float = 1.0) -> str:
    """Draw a path's outline with round ends."""
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width:.2f}"'
        f' stroke-linecap="round" stroke-linejoin="round"{_opacity(opacity, "stroke-")}/>'
    )


def circle(x: float, y: float, radius: float, fill: str, opacity: float = 1.0) -> str:
    """Draw a disc."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.2f}" fill="{fill}"{_opacity(opacity, "fill-")}/>'


def ellipse(x: float, y: float, rx: float, ry: float, fill: str, opacity: float = 1.0) -> str:
    """Draw an ellipse."""
    paint = f'fill="{fill}"{_opacity(opacity, "fill-")}'
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.2f}" ry="{ry:.2f}" {paint}/>'


def rect(x: float, y: float, width: float, height: float, fill: str, opacity: float = 1.0) -> str:
    """Draw a rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        f' fill="{fill}"{_opacity(opacity, "fill-")}/>'
    )


def group(content: str, transform: str = "", opacity: float = 1.0) -> str:
    """Group elements with a transform and an opacity."""
    where = f' transform="{transform}"' if transform else ""
    return f"<g{where}{_opacity(opacity)}>{content}</g>"


def linear_gradient(start: Point, end: Point, *stops: tuple[float, str, float]) -> tuple[str, str]:
    """Define a gradient along a line; return its definition and the fill that uses it."""
    body = "".join(
        f'<stop offset="{at:.3f}" stop-color="{colour}" stop-opacity="{alpha:.3f}"/>'
        for at, colour, alpha in stops
    )
    ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    name = f"g{zlib.crc32((ends + body).encode()):08x}"
    defined = f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" {ends}>{body}</linearGradient>'
    return defined, f"url(#{name})"


def glow(x: float, y: float, radius: float, colour: str, strength: float) -> str:
    """Draw light that fades outwards."""
    stops = "".join(
        f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{strength * share:.3f}"/>'
        for at, share in ((0, 1.0), (0.12, 0.72), (0.3, 0.36), (0.6, 0.1), (1, 0.0))
    )
    name = f"r{zlib.crc32(stops.encode()):08x}"
    return f'<radialGradient id="{name}">{stops}</radialGradient>' + circle(x, y, radius, f"url(#{name})")


def smooth(points: Sequence[Point]) -> str:
    """Write a path that runs smoothly through the points."""
    padded = [points[0], *points, points[-1]]
    parts = [f"M{_format_point(points[0])}"]
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        one = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        two = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        parts.append(f"C{_format_point(one)} {_format_point(two)} {_format_point(end)}")
    return "".join(parts)


def ground(d: str, width: float, bottom: float, top: str, base: str, span: tuple[float, float]) -> str:
    """Fill the area under a line, from its top colour to its base colour over a span of heights."""
    defined, fill = linear_gradient((0, span[0]), (0, span[1]), (0, top, 1), (1, base, 1))
    return defined + shape(f"{d}L{width + 60:.1f} {bottom:.1f}L-60 {bottom:.1f}Z", fill)


def rolling_curve(rng: Random, width: float, base: float, swing: float, bends: float = 2.0) -> list[Point]:
    """Return a gently rolling line from edge to edge."""
    phases = [rng.uniform(0, math.tau) for _ in range(4)]
    weights = (0.55, 0.28, 0.12, 0.05)

    def height(x: float) -> float:
        turn = x / width * math.tau * bends / 2
        waves = (
            w * math.sin(turn * (i * 0.9 + 1) + p)
            for i, (w, p) in enumerate(zip(weights, phases, strict=True))
        )
        return base - swing * sum(waves)

    steps = 28
    edges = (-60 + (width + 120) * i / steps for i in range(steps + 1))
    return [(x, height(x)) for x in edges]


def rugged_line(rng: Random, start: Point, end: Point, rough: float, depth: int) -> list[Point]:
    """Break a straight line into a rugged one; the last point is left out."""
    if depth == 0:
        return [start]
    middle = (
        (start[0] + end[0]) / 2 + rng.uniform(-rough, rough) * 0.35,
        (start[1] + end[1]) / 2 + rng.uniform(-rough, rough),
    )
    halves = ((start, middle), (middle, end))
    return [point for a, b in halves for point in rugged_line(rng, a, b, rough * 0.52, depth - 1)]


def height_at(points: Sequence[Point], x: float) -> float:
    """Return the y coordinate of a line at ``x``."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / max(x1 - x0, 1e-6)
    return points[-1][1]


def _format_point(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _opacity(opacity: float, kind: str = "") -> str:
    # Plain "opacity" makes the renderer draw on a surface of its own: a hundred times slower.
    return "" if opacity >= 1 else f' {kind}opacity="{opacity:.3f}"'
