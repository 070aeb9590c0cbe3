"""Measure the processor time of one whole reply, decoded and checked, beside the usual way.

A server in a process of its own sends the reply over loopback; every run is a fresh process, and the two ways
take turns. The usual way: aiohttp, json, b64decode, and Pillow decodes the picture. Neither saves, re-encodes
or posts it. Exit code 1: a target was missed. Linux only (it reads /proc).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import aiohttp
from PIL import Image

from benchmarks.pictures import JPEG_2K, JPEG_4K, PNG_2K, PNG_4K, Sample
from benchmarks.replies import reply_of, serve_bodies
from benchmarks.reply import Figures, measured, medians, serving
from bot.pictures.checks.verify import Verifier
from bot.providers.wire.reply import receive_picture

MB = 1_000_000
MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """The most milliseconds of processor time, and the most as a share of the usual way."""

    milliseconds: float
    share: float


TARGETS = {
    JPEG_2K: Target(10, 1 / 5),
    JPEG_4K: Target(30, 1),
    PNG_2K: Target(22, 1),
    PNG_4K: Target(95, 1 / 9),
}


def main() -> int:
    """Run as the parent, or as one of the processes that it starts."""
    parser = argparse.ArgumentParser(description="Measure one whole reply, decoded and checked.")
    parser.add_argument("--rounds", type=int, default=9, help="runs of each way; medians are shown")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--target", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child == "serve":
        serve_bodies(reply_of(Path(options.target).read_bytes()), reply_of(JPEG_2K.draw()))
    elif options.child:
        print(json.dumps(asyncio.run(run(WAYS[options.child], options.target))))
    else:
        return report(options.rounds)
    return 0


def report(rounds: int) -> int:
    passed = True
    print(f"Processor time of one whole reply, decoded and checked; medians of {rounds}\n")
    print(f"{'':22}{'usual way':>12}{'this bot':>12}{'share':>9}{'target':>16}{'memory':>12}")
    for sample, target in TARGETS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = sample.save(Path(folder))
            size = path.stat().st_size / MB
            with serving("benchmarks.checked_reply", "--child", "serve", "--target", str(path)) as url:
                usual, ours = compare(url, rounds)
        passed = show(sample, size, usual, ours, target) and passed
    return 0 if passed else 1


def compare(url: str, rounds: int) -> tuple[Figures, Figures]:
    runs = [(child("usual", url), child("ours", url)) for _ in range(rounds)]
    return medians([usual for usual, _ in runs]), medians([ours for _, ours in runs])


def show(sample: Sample, size: float, usual: Figures, ours: Figures, target: Target) -> bool:
    share = ours["cpu"] / usual["cpu"]
    good = ours["cpu"] * 1000 <= target.milliseconds and share <= target.share
    wanted = f"≤ {target.milliseconds:.0f} ms" + (f", 1/{1 / target.share:.0f}" if target.share < 1 else "")
    print(
        f"{f'{sample.name}, {size:.1f} MB':22}{usual['cpu'] * 1000:>9.1f} ms{ours['cpu'] * 1000:>9.1f} ms"
        f"{f'1/{1 / share:.1f}':>9}{wanted:>16}{ours['memory']:>9.1f} MB  {'pass' if good else 'MISSED'}",
        flush=True,
    )
    return good


def child(way: str, url: str) -> Figures:
    command = [sys.executable, "-m", "benchmarks.checked_reply", "--child", way, "--target", url]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return cast("Figures", json.loads(done.stdout))


# The two ways, each in a child.

Way = Callable[[aiohttp.ClientResponse, Path], Awaitable[object]]


async def run(way: Way, url: str) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        async with aiohttp.ClientSession(headers={"Accept-Encoding": "identity"}) as session:

            async def one(path: str) -> None:
                async with session.post(url + path) as response:
                    await way(response, Path(folder) / "picture")

            await one("/small")
            with measured() as figures:
                await one("/reply")
    return figures


async def usual(response: aiohttp.ClientResponse, _: Path) -> None:
    reply = json.loads(await response.read())
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    Image.open(io.BytesIO(base64.b64decode(reply["image"]["base64"]))).load()


async def ours(response: aiohttp.ClientResponse, file: Path) -> None:
    with closing(Verifier(max_pixels=MAX_PIXELS)) as verifier:
        check = verifier.start_check()
        chunks = response.content.iter_chunked(65_536)
        assert await receive_picture(chunks, file, limit=64 * MB, check=check) is None
        await check.finish(file)


WAYS: dict[str, Way] = {"usual": usual, "ours": ours}

if __name__ == "__main__":
    sys.exit(main())
