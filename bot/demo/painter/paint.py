"""Paint a picture for a prompt, in place of a model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from random import Random
from typing import Literal

import pyvips

from bot.demo.painter.canvas import Canvas, Landscape
from bot.demo.painter.palettes import Palette, choose_palette
from bot.demo.painter.post_processing import add_grain, atmosphere, watermark
from bot.demo.painter.prompt_scene import Scene, parse_prompt
from bot.demo.painter.repaint import draw_additions, repaint_references
from bot.demo.painter.scenes import interiors, isometric, landscapes, sea, urban
from bot.demo.painter.sky import (
    embed_image,
    flatten_alpha,
    lightning,
    paint_sky,
    render_svg,
    sun_moon_and_stars,
)
from bot.demo.painter.styles import apply_style
from bot.demo.painter.subjects.figures import draw_subject
from bot.demo.painter.subjects.traffic import flying_cars
from bot.demo.painter.svg import group
from bot.demo.painter.water import reflect
from bot.demo.painter.weather import precipitation

DRAFT = 640
"""The longer side, in pixels, at which sky and water are painted before they are scaled up."""

PNG_FILTER_NONE = 8
"""libpng's flag for rows without a filter, which doesn't help with film grain."""

LANDSCAPES = {
    "sea": sea.sea,
    "city": urban.city,
    "window": interiors.window,
    "library": interiors.library,
    "mountains": landscapes.mountains,
    "hills": landscapes.hills,
    "forest": landscapes.forest,
    "desert": landscapes.desert,
    "space": landscapes.space,
}


def paint(
    prompt: str, *, width: int, height: int, seed: int = 0, references: Sequence[bytes] = ()
) -> pyvips.Image:
    """Paint the prompt in exactly these pixels; the same arguments give the same picture.

    With references (the bytes of picture files) the result is those pictures, repainted by the prompt:
    several beside each other, in order.
    """
    canvas = create_canvas(prompt, width, height, seed)
    if not references:
        ground = _draw_setting(canvas)
        drawing, lights = _compose_layers(canvas, ground)
        draft = _paint_draft(canvas, ground, width, height)
    else:
        draft = repaint_references(canvas, references, width, height)
        drawing, lights = draw_additions(canvas)
    layers = (
        embed_image(canvas, draft) + drawing + embed_image(canvas, atmosphere(canvas, lights, width, height))
    )
    if canvas.scene.style == "none":
        layers += watermark(width, height)
    image = flatten_alpha(render_svg(canvas, layers, width, height))
    if canvas.scene.style != "none":
        styled = apply_style(image, canvas.scene.style)
        image = _composite(styled, render_svg(canvas, watermark(width, height), width, height))
    return add_grain(canvas, image)


def encode(image: pyvips.Image, kind: Literal["jpeg", "png"] = "jpeg") -> bytes:
    """Encode a painted picture as a file."""
    if kind == "png":
        return image.pngsave_buffer(compression=1, filter=PNG_FILTER_NONE)
    return image.jpegsave_buffer(Q=92, optimize_coding=False)


def create_canvas(prompt: str, width: int, height: int, seed: int) -> Canvas:
    """Parse the prompt and seed the random numbers for one picture."""
    digest = hashlib.sha256(f"{seed}|{prompt}".encode()).digest()
    rng = Random(int.from_bytes(digest[:8], "big"))  # noqa: S311  # not used for secrets
    scene = parse_prompt(prompt, Random(hashlib.sha256(prompt.encode()).hexdigest()))  # noqa: S311  # as above
    palette = choose_palette(scene, rng)
    unit = min(width, height) / 1000
    wide, high = width / unit, height / unit
    light = (wide * rng.choice((0.2, 0.3, 0.7, 0.8)), high * _light_altitude(scene, palette, rng))
    if scene.setting == "library":
        # Where it shines through the window.
        light = (wide * 0.54, high * 0.34)
    return Canvas(scene=scene, palette=palette, width=wide, height=high, light_position=light, rng=rng)


def _light_altitude(scene: Scene, palette: Palette, rng: Random) -> float:
    """Return the sun's or moon's y coordinate as a share of the height."""
    if palette.dark > 0.6:
        return rng.uniform(0.14, 0.24)
    return rng.uniform(0.2, 0.3) if scene.time == "day" else rng.uniform(0.4, 0.52)


def _draw_setting(canvas: Canvas) -> Landscape:
    if canvas.scene.style == "isometric":
        return isometric.isometric(canvas)
    return LANDSCAPES[canvas.scene.setting](canvas)


def _compose_layers(canvas: Canvas, ground: Landscape) -> tuple[str, str]:
    """Combine the layers; return the drawing and the light over it."""
    crisp, lights = sun_moon_and_stars(canvas)
    if canvas.scene.weather == "storm":
        bolt, flash = lightning(canvas)
        crisp, lights = crisp + bolt, lights + flash
    if canvas.scene.style == "isometric":
        # Its ground covers the sky.
        crisp = lights = ""
    subject = draw_subject(canvas)
    x, y = ground.anchor
    where = f"translate({x:.1f} {y:.1f}) scale({ground.scale:.3f})"
    drawing = crisp + ground.back
    if ground.water is not None:
        drawing = _clip_at_waterline(canvas, drawing, ground.water)
    if canvas.scene.flying_cars:
        cars, shine = flying_cars(canvas)
        drawing, lights = drawing + cars, lights + shine
    if canvas.scene.setting == "city":
        drawing += ground.front
        layers = drawing + group(subject.body, where)
    elif canvas.scene.setting == "sea" and canvas.scene.subject != "boat":
        layers = drawing + ground.front + group(subject.body, where)
    else:
        layers = drawing + group(subject.body, where) + ground.front
    return layers + precipitation(canvas), lights + ground.lights + group(subject.lights, where)


def _clip_at_waterline(canvas: Canvas, drawing: str, level: float) -> str:
    """Clip a drawing at the waterline."""
    rect = f'<rect x="-99" y="-99" width="{canvas.width + 198:.0f}" height="{level + 99:.1f}"/>'
    return f'<clipPath id="above">{rect}</clipPath><g clip-path="url(#above)">{drawing}</g>'


def _paint_draft(canvas: Canvas, ground: Landscape, width: int, height: int) -> pyvips.Image:
    """Paint sky and water at draft size, as RGB bytes."""
    small = min(1.0, DRAFT / max(width, height))
    wide, high = max(16, round(width * small)), max(16, round(height * small))
    sky = _to_rgb_bytes(paint_sky(canvas, wide, high))
    if ground.water is None:
        return sky
    shore_side = _composite(sky, render_svg(canvas, ground.back, wide, high))
    level = round(high * ground.water / canvas.height)
    return _to_rgb_bytes(reflect(canvas, sky.cast("float"), shore_side.cast("float"), level))


def _to_rgb_bytes(image: pyvips.Image) -> pyvips.Image:
    return image.cast("uchar").copy(interpretation="srgb").copy_memory()


def _composite(base: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    return flatten_alpha(base.composite2(layer, "over"))
