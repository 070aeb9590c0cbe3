"""Colours by time of day, weather and mood."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from bot.demo.painter.prompt_scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """A picture's colours as ``#rrggbb``; ``sky`` runs from the zenith to the horizon."""

    sky: tuple[str, ...]
    light: str
    cloud: str
    shade: str
    far: str
    near: str
    mist: str
    lamp: str = "#ffc766"
    leaf: str = "#3d6b45"
    bloom: str = "#e0577a"
    dark: float = 0.0
    """How far the scene is from daylight, 0 to 1."""


def choose_palette(scene: Scene, rng: Random) -> Palette:
    """Pick the palette that fits the scene; choose at random between equals."""
    palette = rng.choice(PALETTES[_palette_name(scene)])
    season = SEASONS.get(scene.mood)
    if season:
        leaf = mix(season[0], palette.near, palette.dark * 0.6)
        palette = replace(palette, leaf=leaf, bloom=season[1])
    else:
        palette = replace(palette, leaf=mix(palette.leaf, palette.near, 0.25 + palette.dark * 0.6))
    if scene.setting == "desert":
        palette = _desert_tones(palette)
    return palette


def mix(one: str, other: str, share: float) -> str:
    """Blend two colours; ``share`` of 0 is the first, 1 the second."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def rgb(colour: str) -> tuple[int, int, int]:
    """Split ``#rrggbb`` into its three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _palette_name(scene: Scene) -> str:
    if scene.mood == "neon" and scene.time == "night":
        return "neon"
    if scene.setting == "space":
        return "space"
    if scene.weather == "storm":
        return "storm"
    if scene.time == "day" and scene.weather in ("fog", "rain", "snow"):
        return "snow" if scene.weather == "snow" else "fog"
    return scene.time


def _desert_tones(palette: Palette) -> Palette:
    far = mix("#eab676", palette.far, 0.2 + palette.dark * 0.72)
    near = mix("#9c4f2c", palette.near, 0.1 + palette.dark * 0.78)
    return replace(palette, far=far, near=near)


SEASONS = {
    "autumn": ("#b8562a", "#e08a2e"),
    "spring": ("#e59ab4", "#f3b6cb"),
    "summer": ("#4f8a3f", "#f0c23c"),
    "winter": ("#5a7488", "#dfe9f2"),
}
"""Leaf and blossom colours by season."""


def _palette(sky: str, rest: str, *, dark: float = 0.0, **more: str) -> Palette:
    light, cloud, shade, far, near, mist = rest.split()
    return Palette(
        sky=tuple(sky.split()),
        light=light,
        cloud=cloud,
        shade=shade,
        far=far,
        near=near,
        mist=mist,
        dark=dark,
        **more,
    )


PALETTES: dict[str, tuple[Palette, ...]] = {
    "dawn": (
        _palette(
            "#3f5187 #8f82b4 #eaa9a4 #fcdcb4",
            "#fff1cf #f9c4b4 #8f86b4 #a99dc0 #26304f #f6d5c4",
            dark=0.25,
        ),
        _palette(
            "#4d7f92 #a3c3bd #f0d6ad #fdf0d4",
            "#fff6da #fbe3c6 #93aeb2 #a4bfba #1c393d #f2e8d0",
            dark=0.2,
        ),
        _palette(
            "#4a4a86 #a87fae #f29c8f #ffd6a0",
            "#ffeec2 #ffbfa6 #9a7fae #a98bb0 #2b2447 #fbcdb0",
            dark=0.25,
        ),
    ),
    "day": (
        _palette("#2a78bd #63addb #b4dcea #edf6ee", "#fffbe6 #ffffff #a5c2d8 #9ac2d2 #2b5a4a #e0f0f0"),
        _palette("#1d6c9e #56a8c6 #a9d9d6 #f6edd2", "#fff6d8 #fffaf0 #a3c3c6 #8dbcb8 #33563c #eef0dc"),
        _palette("#3f74b5 #8db3dc #d8dfe6 #fbeedd", "#fff4dc #fffdf8 #b3bfd6 #a7b7d0 #33486a #f0ebe6"),
    ),
    "dusk": (
        _palette(
            "#2b2a5c #7f3f7d #e5646a #ffb066 #ffe3a6",
            "#fff0c0 #ff9a78 #6d3f78 #b3627f #21182f #ffbf8a",
            dark=0.45,
        ),
        _palette(
            "#41658c #b99f86 #f4b765 #ffe6ac",
            "#fff6d6 #ffd9a0 #a08a84 #cd9c70 #33261f #ffdf9f",
            dark=0.3,
        ),
        _palette(
            "#0f3850 #37727f #e9a86e #ffdca6",
            "#fff2cc #f7b98a #3f6673 #7c8f88 #102833 #f3c594",
            dark=0.4,
        ),
    ),
    "night": (
        _palette(
            "#060c24 #10214b #25427a #55779f",
            "#f7f2dc #47648f #0f1d3f #304c7c #060b1a #5f82ab",
            dark=0.85,
        ),
        _palette(
            "#0a0824 #241b52 #503c80 #94679a",
            "#fbeedd #6d5496 #1a1440 #4b3c78 #090718 #8b6a9f",
            dark=0.85,
        ),
        _palette(
            "#03131d #0a3042 #1b5a66 #66998f",
            "#f3f6e2 #3a6f78 #08212d #2a5c66 #04121a #6ba39b",
            dark=0.85,
        ),
    ),
    "storm": (
        _palette(
            "#101826 #22334a #435a70 #8798a0",
            "#e9f0ff #6d8294 #0d1420 #4a5f70 #0a111a #93a4aa",
            dark=0.7,
            lamp="#ffd98a",
        ),
        _palette(
            "#0e191f #1f383f #456664 #9aa894",
            "#f3f7e8 #6f8a84 #0a1418 #466661 #08130f #9cae9f",
            dark=0.7,
            lamp="#ffdf96",
        ),
        _palette(
            "#1a1630 #352d55 #65547d #b08f94",
            "#fff0e4 #85728f #120f22 #5c4f75 #0e0b18 #ab929c",
            dark=0.7,
            lamp="#ffcf80",
        ),
    ),
    "fog": (
        _palette(
            "#8499a6 #adbfc5 #d2dad6 #ecebe1",
            "#fffaea #eef0ea #9fb0b6 #b4c3c5 #30434b #e6e8e0",
            dark=0.15,
        ),
        _palette(
            "#7f8fa5 #a9b3c3 #d3d2d6 #efe6dc",
            "#fff4e4 #efecea #9aa3b6 #b3b8c8 #343c52 #e8e2de",
            dark=0.15,
        ),
    ),
    "snow": (
        _palette(
            "#7896b8 #a8c0d8 #d7e3ec #f6f2ea",
            "#fff8e8 #f7fafc #9fb4c9 #a6bbcf #2c4158 #eaf0f4",
            dark=0.1,
        ),
        _palette(
            "#8a93b8 #b9bddb #e3dde8 #fbeee6",
            "#fff1e0 #faf6f8 #a9abc8 #b3b6d2 #3a3f60 #f3ecef",
            dark=0.1,
        ),
    ),
    "neon": (
        _palette(
            "#090520 #260e52 #7a2088 #f0559a",
            "#ff9ad2 #7a2f92 #140a34 #43226f #080414 #d0559f",
            dark=0.9,
            lamp="#47e7ff",
            bloom="#ff4fa3",
        ),
        _palette(
            "#020d1c #07304c #12707f #ff9366",
            "#ffc59a #1f6f80 #04182a #124a60 #030b14 #4aa3a3",
            dark=0.9,
            lamp="#ffb04f",
            bloom="#39e0d0",
        ),
    ),
    "space": (
        _palette(
            "#04040f #0b0b2c #1d1650 #40307c",
            "#ffe9c9 #6a3f9c #1a1040 #51458a #0a0a1c #7a62b0",
            dark=0.9,
        ),
        _palette(
            "#02070f #061c30 #0c3d52 #2a6c78",
            "#e9fff4 #1f7f86 #062033 #2b6670 #050f18 #4a9a98",
            dark=0.9,
        ),
    ),
}
