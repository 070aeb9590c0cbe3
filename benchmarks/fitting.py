"""Measure the memory and processor time of decoding a picture completely, and of fitting it into 10 MiB.

Each run is a process of its own, on a picture of 4096x4096 pixels with strong grain, saved at high quality.
Memory is the peak above the memory after the imports. Exit code 1: a target was missed. Linux only (it reads
/proc).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyvips

from benchmarks.pictures import photo
from benchmarks.reply import Figures, measured
from bot.domain.models import Header, Picture
from bot.ops.process_tuning import limit_memory_use
from bot.pictures.checks.verify import Verifier
from bot.pictures.fit import fit_now
from bot.pictures.sniff import MAX_HEADER_BYTES, sniff

SIDE = 4096
LIMIT = 10 * 1024 * 1024
TARGET_MB = 120.0
TARGET_SECONDS = 0.3
LARGEST = 8192, 6100
LARGEST_MB = 450.0
"""The most pixels that are accepted, and the bound for them."""
SMOOTH, ROUGH = 2.0, 20.0
"""Standard deviation of the grain."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of picture file, with its targets: ``most`` MB, and ``seconds`` for fitting it."""

    name: str
    suffix: str
    save: Callable[[Path], object]
    most: float | None = TARGET_MB
    seconds: float | None = None


def main() -> int:
    """Run as the parent, or as one of the processes that it starts."""
    parser = argparse.ArgumentParser(description="Measure the memory and time of fitting a picture.")
    parser.add_argument("--only", default="", help="measure the kinds whose name contains this")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--file", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        limit_memory_use()
        print(json.dumps(CHILDREN[options.child](Path(options.file))))
        return 0
    print(f"{'':34}{'file':>9}{'decode':>10}{'':>9}{'fit':>10}{'':>9}{'target':>18}")
    passed = [measure(kind) for kind in KINDS if options.only in kind.name]
    return 0 if all(passed) else 1


def measure(kind: Kind) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"picture{kind.suffix}"
        kind.save(path)
        size = path.stat().st_size
        decoded, fitted = child("decode", path), child("fit", path)
    most = max(decoded["memory"], fitted["memory"])
    good = (kind.most is None or most <= kind.most) and (
        kind.seconds is None or fitted["cpu"] <= kind.seconds
    )
    targets = ((kind.most, "MB"), (kind.seconds, "s"))
    wanted = ", ".join(f"{most:g} {unit}" for most, unit in targets if most is not None)
    print(
        f"{kind.name:34}{size / 1e6:>6.1f} MB{decoded['memory']:>7.0f} MB{decoded['cpu']:>7.2f} s"
        f"{fitted['memory']:>7.0f} MB{fitted['cpu']:>7.2f} s{wanted:>18}  {'pass' if good else 'MISSED'}",
        flush=True,
    )
    return good


def child(way: str, path: Path) -> Figures:
    command = [sys.executable, "-m", "benchmarks.fitting", "--child", way, "--file", str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return cast("Figures", json.loads(done.stdout))


# The children: each measures one way once.


def decode(path: Path) -> Figures:
    header = header_of(path)
    with closing(Verifier(max_pixels=header.width * header.height)) as verifier, measured() as figures:
        asyncio.run(verifier.decode(path, header, "complete"))
    return figures


def fit(path: Path) -> Figures:
    header = header_of(path)
    picture = Picture(path=path, format=header.format, width=header.width, height=header.height)
    with measured() as figures:
        fit_now(picture, min(LIMIT, path.stat().st_size - 1), path.parent / "fitted")
    return figures


def header_of(path: Path) -> Header:
    with path.open("rb") as file:
        header = sniff(file.read(MAX_HEADER_BYTES))
    assert header
    pyvips.Image.black(64, 64).jpegsave_buffer()  # libvips has started
    return header


CHILDREN: dict[str, Callable[[Path], Figures]] = {"decode": decode, "fit": fit}


# The kinds of pictures.


def opaque(grain: float = ROUGH) -> pyvips.Image:
    return photo(SIDE, SIDE, grain)


def transparent() -> pyvips.Image:
    return opaque().bandjoin(pyvips.Image.xyz(SIDE, SIDE).extract_band(0).linear([1 / 17], [0]).cast("uchar"))


def deep(image: pyvips.Image) -> pyvips.Image:
    return (image.cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")


def clear(width: int, height: int) -> pyvips.Image:
    """Return a smooth picture with transparency: its file is small, its pixels aren't."""
    image = photo(width, height, 0)
    return image.bandjoin(pyvips.Image.xyz(width, height).extract_band(0).linear([1 / 33], [0]).cast("uchar"))


KINDS = (
    Kind("PNG, little grain", ".png", lambda path: opaque(SMOOTH).pngsave(str(path)), seconds=TARGET_SECONDS),
    Kind("PNG, strong grain", ".png", lambda path: opaque().pngsave(str(path), compression=1)),
    Kind("RGBA PNG", ".png", lambda path: transparent().pngsave(str(path), compression=1)),
    Kind(
        "interlaced RGBA PNG",
        ".png",
        lambda path: transparent().pngsave(str(path), compression=1, interlace=True),
    ),
    Kind("JPEG", ".jpg", lambda path: opaque().jpegsave(str(path), Q=97)),
    Kind("progressive 4:4:4 JPEG", ".jpg", lambda path: opaque().jpegsave(str(path), Q=97, interlace=True)),
    Kind("WebP", ".webp", lambda path: opaque(6).webpsave(str(path), Q=90, effort=0)),
    Kind(
        "lossless RGBA WebP",
        ".webp",
        lambda path: transparent().webpsave(str(path), lossless=True, effort=0),
        most=125.0,  # libwebp holds all of its pixels beside its whole file
    ),
    Kind("GIF", ".gif", lambda path: opaque().gifsave(str(path), effort=1)),
    Kind("PNG of 16 bits", ".png", lambda path: deep(opaque()).pngsave(str(path), compression=1)),
    Kind(
        "50 million: progressive JPEG",
        ".jpg",
        lambda path: photo(*LARGEST, ROUGH).jpegsave(str(path), Q=97, interlace=True),
        most=LARGEST_MB,
    ),
    Kind(
        "50 million: interlaced PNG, 16 bits",
        ".png",
        lambda path: deep(clear(*LARGEST)).pngsave(str(path), compression=1, interlace=True),
        most=LARGEST_MB,
    ),
    Kind(
        "50 million: lossless WebP",
        ".webp",
        lambda path: clear(*LARGEST).webpsave(str(path), lossless=True, effort=0),
        most=LARGEST_MB,
    ),
    Kind(
        "50 million: GIF", ".gif", lambda path: clear(*LARGEST).gifsave(str(path), effort=1), most=LARGEST_MB
    ),
)

if __name__ == "__main__":
    sys.exit(main())
