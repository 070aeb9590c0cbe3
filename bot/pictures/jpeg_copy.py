"""The program that copies one picture of a stranger as JPEG, in a process of its own with limits on it.

It imports nothing of the bot: ``python -I jpeg_copy.py ORDER``, where the order is JSON (see ``Order``). It
prints one line of JSON: the copy's ``width`` and ``height``, or a ``problem`` with a ``detail``.
"""

from __future__ import annotations

import json
import re
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIN_SIDE = 15
"""Pixels of a copy's shorter side."""
MAX_ASPECT = 16
"""The longer side in shorter ones; a longer picture gets white borders."""
_QUALITIES = (92, 85, 75, 60, 45)
_JPEG_SHRINKS = (8, 4, 2)
_TURNED = 5
"""From this EXIF orientation on the sides are swapped."""
_CPU_GRACE = 2
"""Seconds between the signal that ends the process and the one that kills it."""

_SIGNATURES = {
    "jpeg": rb"\xff\xd8\xff",
    "png": rb"\x89PNG\r\n\x1a\n",
    "webp": rb"RIFF.{4}WEBP",
    "gif": rb"GIF8[79]a",
    "tiff": rb"II[*+]\0|MM\0[*+]",
    "avif": rb".{4}ftyp(?:avi[fs]|.{4}.{4}(?:.{4}){0,7}avif)",
    "heic": rb".{4}ftyp(?:he[iv][cmsx]|mif1|miaf|msf1)",
    "jxl": rb"\xff\x0a|\0\0\0\x0cJXL ",
    "jp2": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "bmp": rb"BM",
    "ico": rb"\0\0\x01\0[\x01-\xff]\0",
}
_VIPS_LOADERS = {
    "jpeg": "jpegload",
    "png": "pngload",
    "webp": "webpload",
    "gif": "gifload",
    "tiff": "tiffload",
    "avif": "heifload",
}
"""By name, so that no other loader of libvips (SVG, CSV, raw ...) can be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to copy, and within which limits: bytes, pixels, seconds."""

    source: str
    target: str
    memory: int
    cpu_seconds: int
    wall_seconds: int
    max_pixels: int
    copy_pixels: int
    copy_bytes: int


class Refused(Exception):
    """Report why there is no copy: a ``problem`` and its detail."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem, detail)


def main() -> None:
    """Copy the picture of the order and print the outcome."""
    order = Order(**json.loads(sys.argv[1]))
    limit_process(order)
    # After the limits, which apply to what the library allocates; without it no picture is at fault.
    import pyvips

    pyvips.cache_set_max(0)
    try:
        width, height = copy(order)
        outcome: dict[str, Any] = {"width": width, "height": height}
    except Refused as refused:
        outcome = dict(zip(("problem", "detail"), refused.args, strict=True))
    except MemoryError:
        outcome = {"problem": "memory"}
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        problem = "memory" if re.search("out of memory|unable to malloc|bad_alloc", text) else "failed"
        outcome = {"problem": problem, "detail": text[:500], "errno": getattr(error, "errno", None)}
    sys.stdout.write(json.dumps(outcome) + "\n")


def limit_process(order: Order) -> None:
    """Limit this process's memory, time and files; it ends with its limits even without its parent."""
    for limit, value, hard in (
        (resource.RLIMIT_DATA, order.memory, order.memory),
        (resource.RLIMIT_CPU, order.cpu_seconds, order.cpu_seconds + _CPU_GRACE),
        (resource.RLIMIT_FSIZE, order.copy_bytes, order.copy_bytes),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with suppress(ValueError, OSError):  # a lower limit is set already
            resource.setrlimit(limit, (value, hard))
    signal.alarm(order.wall_seconds)
    with suppress(OSError):
        # Where memory is short, the kernel ends this process rather than the bot.
        Path("/proc/self/oom_score_adj").write_text("1000")


def copy(order: Order) -> tuple[int, int]:
    """Write the copy; return its width and height."""
    form = format_of(order.source)
    image = _open(order, form)
    image = _upright(_shrunk(image, order.copy_pixels))
    image = _within_shape(image)
    _write(image, order)
    return image.width, image.height


def format_of(path: str) -> str:
    """Return the format of a file by its first bytes."""
    with Path(path).open("rb") as file:
        head = file.read(64)
    for name, signature in _SIGNATURES.items():
        if re.match(signature, head, re.DOTALL):
            return name
    raise Refused("not-picture", f"begins with {head[:8].hex()}")


def _open(order: Order, form: str) -> Any:
    import pyvips

    loader = _VIPS_LOADERS.get(form)
    if loader is None:
        return _open_by_pillow(order, form)
    load = getattr(pyvips.Image, loader)
    # A decoder that fails must not leave black rows.
    options: dict[str, Any] = {"access": "sequential", "fail_on": "error"}
    image = load(order.source, **options)
    pixels = image.width * image.height
    _require_pixels(pixels, order.max_pixels)
    if form == "jpeg":
        shrink = next((by for by in _JPEG_SHRINKS if pixels / by**2 >= order.copy_pixels), 1)
        image = load(order.source, shrink=shrink, **options)
    elif form == "webp" and pixels > order.copy_pixels:
        image = load(order.source, scale=(order.copy_pixels / pixels) ** 0.5, **options)
    return image


def _open_by_pillow(order: Order, form: str) -> Any:
    """Open a format that only the optional decoders read."""
    try:
        pillow = _pillow_with_plugins()
        with pillow.open(order.source) as opened:
            _require_pixels(opened.width * opened.height, order.max_pixels)
            return _from_pillow(opened, order)
    except ImportError:
        raise Refused("format", form) from None


def _pillow_with_plugins() -> Any:
    import pillow_heif  # pyright: ignore[reportMissingImports]  # optional
    import pillow_jxl  # noqa: F401  # pyright: ignore[reportMissingImports, reportUnusedImport]  # optional
    from PIL import Image  # pyright: ignore[reportMissingImports]  # comes with them

    heif: Any = pillow_heif
    heif.register_heif_opener()
    pillow: Any = Image
    pillow.MAX_IMAGE_PIXELS = None  # the order limits them
    return pillow


def _from_pillow(opened: Any, order: Order) -> Any:
    import pyvips
    from PIL import ImageOps  # pyright: ignore[reportMissingImports]  # see above

    side = int(order.copy_pixels**0.5 * 2)
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    picture: Any = opened.convert(mode)
    picture.thumbnail((side, side))
    operations: Any = ImageOps
    operations.exif_transpose(picture, in_place=True)
    memory = pyvips.Image.new_from_memory(
        picture.tobytes(), picture.width, picture.height, len(mode), "uchar"
    )
    image = memory.copy(interpretation="srgb")
    if profile := opened.info.get("icc_profile"):
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image


def _require_pixels(pixels: int, most: int) -> None:
    if pixels > most:
        raise Refused("pixels", f"{pixels} pixels")


def _shrunk(image: Any, most: int) -> Any:
    pixels = image.width * image.height
    return image.resize((most / pixels) ** 0.5) if pixels > most else image


def _upright(image: Any) -> Any:
    """Return the picture as it is seen: sRGB, opaque on white, turned as its EXIF says, in memory."""
    image = _as_srgb(image)
    if image.hasalpha():
        image = image.flatten(background=255)
    if image.bands > 3:
        image = image.extract_band(0, n=3)
    image = image.cast("uchar").copy_memory()
    return image.autorot()


def _as_srgb(image: Any) -> Any:
    import pyvips

    if image.get_typeof("icc-profile-data") or image.interpretation == "cmyk":
        with suppress(pyvips.Error):  # a broken profile
            return image.icc_transform("srgb", embedded=True, input_profile=_profile_of(image))
    if image.interpretation in ("srgb", "b-w") and image.format == "uchar":
        return image
    return image.colourspace("srgb")


def _profile_of(image: Any) -> str:
    return "cmyk" if image.interpretation == "cmyk" else "srgb"


def _within_shape(image: Any) -> Any:
    """Enlarge what is too small, and give what is too long white borders."""
    if (shorter := min(image.width, image.height)) < MIN_SIDE:
        image = image.resize(MIN_SIDE / shorter)
    width = max(image.width, -(-image.height // MAX_ASPECT))
    height = max(image.height, -(-image.width // MAX_ASPECT))
    if (width, height) == (image.width, image.height):
        return image
    left, top = (width - image.width) // 2, (height - image.height) // 2
    return image.embed(left, top, width, height, extend="white")


def _write(image: Any, order: Order) -> None:
    for quality in _QUALITIES:
        content = image.jpegsave_buffer(Q=quality, keep=0)
        if len(content) <= order.copy_bytes:
            Path(order.target).write_bytes(content)
            return
    raise Refused("too-big", f"over {order.copy_bytes} bytes at the lowest quality")


if __name__ == "__main__":
    main()
