"""Paint a picture for a prompt: the simulated model's hand."""

from __future__ import annotations

import hashlib
from random import Random
from typing import Literal

import pyvips

from bot.demo.painter import land, shore, town
from bot.demo.painter.figures import figure
from bot.demo.painter.finishing import grained, mark, veil
from bot.demo.painter.palettes import Palette, choose
from bot.demo.painter.prompt_scene import Scene, read
from bot.demo.painter.repaint import overlay, recast
from bot.demo.painter.sky import backdrop, flat, inlaid, lightning, render, shining
from bot.demo.painter.stage import Land, Stage
from bot.demo.painter.svg import group
from bot.demo.painter.water import reflect
from bot.demo.painter.weather import falling

DRAFT = 640
"""The longer side, in pixels, at which soft things are painted before they are scaled up."""

PLAIN_ROWS = 8
"""libpng's flag for rows without a filter: film grain gains nothing from one."""

LANDS = {
    "sea": shore.sea,
    "city": town.city,
    "window": town.window,
    "mountains": land.mountains,
    "hills": land.hills,
    "forest": land.forest,
    "desert": land.desert,
    "space": land.space,
}


def paint(
    prompt: str, *, width: int, height: int, seed: int = 0, reference: bytes | None = None
) -> pyvips.Image:
    """Paint the prompt in exactly these pixels; the same arguments give the same picture.

    With a reference (a picture file's bytes) the result is that picture, recast by the prompt.
    """
    stage = set_stage(prompt, width, height, seed)
    if reference is None:
        ground = LANDS[stage.scene.setting](stage)
        drawing, lights = _compose(stage, ground)
        draft = _draft(stage, ground, width, height)
    else:
        draft = recast(stage, reference, width, height)
        drawing, lights = overlay(stage)
    layers = (
        inlaid(stage, draft)
        + drawing
        + inlaid(stage, veil(stage, lights, width, height))
        + mark(width, height)
    )
    return grained(stage, flat(render(stage, layers, width, height)))


def encode(image: pyvips.Image, kind: Literal["jpeg", "png"] = "jpeg") -> bytes:
    """Encode a painted picture as a file."""
    if kind == "png":
        return image.pngsave_buffer(compression=1, filter=PLAIN_ROWS)
    return image.jpegsave_buffer(Q=92, optimize_coding=False)


def set_stage(prompt: str, width: int, height: int, seed: int) -> Stage:
    """Read the prompt and throw the dice for one picture."""
    digest = hashlib.sha256(f"{seed}|{prompt}".encode()).digest()
    dice = Random(int.from_bytes(digest[:8], "big"))  # noqa: S311  # a composition isn't a secret
    scene = read(prompt, Random(hashlib.sha256(prompt.encode()).hexdigest()))  # noqa: S311  # as above
    palette = choose(scene, dice)
    unit = min(width, height) / 1000
    wide, high = width / unit, height / unit
    light = (wide * dice.choice((0.2, 0.3, 0.7, 0.8)), high * _altitude(scene, palette, dice))
    return Stage(scene=scene, palette=palette, width=wide, height=high, light=light, dice=dice)


def _altitude(scene: Scene, palette: Palette, dice: Random) -> float:
    """Say how far down the picture the sun or moon stands, as a share of its height."""
    if palette.dark > 0.6:
        return dice.uniform(0.14, 0.24)
    return dice.uniform(0.2, 0.3) if scene.time == "day" else dice.uniform(0.4, 0.52)


def _compose(stage: Stage, ground: Land) -> tuple[str, str]:
    """Put the layers in order; answers the drawing and the light over it."""
    crisp, lights = shining(stage)
    if stage.scene.weather == "storm":
        bolt, flash = lightning(stage)
        crisp, lights = crisp + bolt, lights + flash
    subject = figure(stage)
    x, y = ground.spot
    where = f"translate({x:.1f} {y:.1f}) scale({ground.scale:.3f})"
    drawing = crisp + ground.back
    if ground.water is not None:
        drawing = _above(stage, drawing, ground.water)
    if stage.scene.setting == "city":
        drawing += ground.front
        layers = drawing + group(subject.body, where)
    elif stage.scene.setting == "sea" and stage.scene.subject != "boat":
        layers = drawing + ground.front + group(subject.body, where)
    else:
        layers = drawing + group(subject.body, where) + ground.front
    return layers + falling(stage), lights + ground.lights + group(subject.lights, where)


def _above(stage: Stage, drawing: str, level: float) -> str:
    """Cut a drawing off at the waterline."""
    rect = f'<rect x="-99" y="-99" width="{stage.width + 198:.0f}" height="{level + 99:.1f}"/>'
    return f'<clipPath id="above">{rect}</clipPath><g clip-path="url(#above)">{drawing}</g>'


def _draft(stage: Stage, ground: Land, width: int, height: int) -> pyvips.Image:
    """Paint sky and water small, as RGB bytes."""
    small = min(1.0, DRAFT / max(width, height))
    wide, high = max(16, round(width * small)), max(16, round(height * small))
    sky = _bytes(backdrop(stage, wide, high))
    if ground.water is None:
        return sky
    shore_side = _over(sky, render(stage, ground.back, wide, high))
    level = round(high * ground.water / stage.height)
    return _bytes(reflect(stage, sky.cast("float"), shore_side.cast("float"), level))


def _bytes(image: pyvips.Image) -> pyvips.Image:
    return image.cast("uchar").copy(interpretation="srgb").copy_memory()


def _over(base: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    return flat(base.composite2(layer, "over"))
