"""Measure the cost of decoding one reply: the plain way against the streaming decoder.

``--shape`` is that of the relay's endpoints, with the picture twice; of Ark, OpenAI or OpenRouter with all
that these send around it; ``address``, a reply of such a service that names where its picture is downloaded;
or ``edit``, OpenAI's reply to a form with four references of 10 MB, sent from disk.

An HTTP server in a process of its own serves the reply over loopback; every measurement runs in a fresh
process, alternating between the two. "Plain" is requests, ``.json()``, ``b64decode``, write. Time for which
the loop is blocked excludes waiting for a CPU core. Exit code 1: a target was missed. Linux only (it reads
/proc).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import aiohttp
import requests

from benchmarks.replies import FORM_FILES, RELAY, SHAPES, reply_of, serve_bodies
from bot.domain.models import Picture
from bot.providers.wire.bodies import FormBody, ReferenceFile
from bot.providers.wire.reply import PictureAddress, receive_file, receive_picture

MB = 1_000_000
MANY = 16
NO_OPTIONS: dict[str, Any] = {}
TARGET_RATIO = 1 / 8
TARGET_ONE_MB = 4.0
TARGET_MANY_MB = 20.0
TARGET_HELD_MS = 10.0

Figures = dict[str, float]
Row = tuple[str, str, str, str, bool]


def main() -> int:
    """Run as the parent, or as one of the processes that it starts."""
    options = parse(sys.argv[1:])
    if options.child == "serve":
        large, small = os.urandom(int(options.megabytes * MB)), os.urandom(1000)
        serve_bodies(reply_of(large, options.shape), reply_of(small, options.shape), large)
        return 0
    if options.child:
        figures = WAYS[options.child](options.target, Path(options.folder), options.shape)
        print(json.dumps(figures))
        return 0
    with tempfile.TemporaryDirectory() as folder, server(options.megabytes, options.shape) as url:
        ways = measure(url, folder, options.rounds, options.shape)
        return report(ways, options.megabytes, options.shape)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the cost of decoding one relay reply.")
    parser.add_argument("--megabytes", type=float, help="the picture; by default the body has about 95 MB")
    parser.add_argument("--shape", choices=SHAPES, default="relay", help="of the reply")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each way; medians are shown")
    for internal in ("--child", "--target", "--folder"):
        parser.add_argument(internal, default="", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.megabytes is None:
        options.megabytes = {2: 35, 1: 71}.get(SHAPES[options.shape].copies, 95)
    return options


# The parent: schedules the runs and reports.


def measure(url: str, folder: str, rounds: int, shape: str) -> dict[str, Figures]:
    runs = [{kind: child(kind, url, folder, shape) for kind in WAYS} for _ in range(rounds)]
    return {kind: medians([run[kind] for run in runs]) for kind in WAYS}


def medians(runs: list[Figures]) -> Figures:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def child(kind: str, target: str, folder: str, shape: str) -> Figures:
    with tempfile.TemporaryDirectory(dir=folder) as own:  # not to measure the removal of the last run's files
        command = [sys.executable, "-m", "benchmarks.reply", "--child", kind, "--target", target]
        command += ["--folder", own, "--shape", shape]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return cast("Figures", json.loads(done.stdout))


def server(megabytes: float, shape: str) -> AbstractContextManager[str]:
    options = ("--megabytes", str(megabytes), "--shape", shape)
    return serving("benchmarks.reply", "--child", "serve", *options)


@contextlib.contextmanager
def serving(module: str, *arguments: str) -> Generator[str]:
    """Run a module that serves HTTP until the context ends; yields the URL that it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def report(ways: dict[str, Figures], megabytes: float, shape: str) -> int:
    plain, ours, many = ways["plain"], ways["ours"], ways["ours-many"]
    held, many_held = ways["ours-held"]["held"], ways["ours-many-held"]["held"]
    ratio = ours["cpu"] / plain["cpu"]
    rows = [
        ("CPU, one reply", f"{plain['cpu']:.3f} s", f"{ours['cpu']:.3f} s", "", True),
        ("CPU, ours / plain", "1", f"1/{1 / ratio:.1f}", f"1/{1 / TARGET_RATIO:.0f}", ratio <= TARGET_RATIO),
        row("memory above start, one", plain["memory"], ours["memory"], TARGET_ONE_MB, "MB"),
        row(f"memory above start, {MANY} at once", None, many["memory"], TARGET_MANY_MB, "MB"),
        row("longest block of the loop, one", ways["plain-held"]["held"], held, TARGET_HELD_MS, "ms"),
        row(f"longest block of the loop, {MANY} at once", None, many_held, TARGET_HELD_MS, "ms"),
    ]
    copies = SHAPES[shape].copies
    body = copies * megabytes * 4 / 3 if copies else megabytes
    print(f"A {body:.0f} MB reply with a {megabytes:.0f} MB picture; medians, each run in its own process\n")
    print(f"{'':34}{'plain':>12}{'ours':>12}{'target':>12}")
    for name, left, right, target, passed in rows:
        verdict = ("pass" if passed else "MISSED") if target else ""
        print(f"{name:34}{left:>12}{right:>12}{target:>12}  {verdict}")
    return 0 if all(passed for *_, passed in rows) else 1


def row(name: str, plain: float | None, ours: float, most: float, unit: str) -> Row:
    left = "-" if plain is None else f"{plain:.1f} {unit}"
    return name, left, f"{ours:.1f} {unit}", f"≤ {most:.0f} {unit}", ours <= most


# The children: each measures one way once.


def plain(url: str, folder: Path, shape: str) -> Figures:
    requests.post(url + "/small", timeout=60).json()
    with measured() as figures:
        decode_plainly(url, folder, shape)
    return figures


def plain_held(url: str, folder: Path, shape: str) -> Figures:
    async def run() -> None:
        decode_plainly(url, folder, shape)

    return {"held": asyncio.run(longest_hold(run))}


def decode_plainly(url: str, folder: Path, shape: str) -> None:
    files = [("image[]", ("reference.png", bytes(size), "image/png")) for size in FORM_FILES]
    reply = requests.post(url + "/reply", files=files if shape == "edit" else None, timeout=60).json()
    if shape == "address":
        (folder / "plain").write_bytes(requests.get(url + reply["data"][0]["url"], timeout=60).content)
        return
    text = reply["image"]["base64"] if shape in RELAY else reply["data"][0]["b64_json"]
    (folder / "plain").write_bytes(base64.b64decode(text))


def ours(count: int, *, held: bool) -> Callable[[str, Path, str], Figures]:
    return lambda url, folder, shape: asyncio.run(ours_on_a_loop(url, folder, shape, count, held=held))


async def ours_on_a_loop(url: str, folder: Path, shape: str, count: int, *, held: bool) -> Figures:
    references = write_references(folder) if shape == "edit" else ()
    async with aiohttp.ClientSession(headers={"Accept-Encoding": "identity"}) as session:

        async def one(path: str, file: Path) -> None:
            body = FormBody(fields={"prompt": "a fox"}, files=references)
            async with session.post(url + path, **(body.options() if references else NO_OPTIONS)) as response:
                chunks = response.content.iter_chunked(65_536)
                found = await receive_picture(chunks, file, limit=1000 * MB, shape=SHAPES[shape].shape)
            if isinstance(found, PictureAddress):
                async with session.get(url + found.url) as response:
                    chunks = response.content.iter_chunked(65_536)
                    await receive_file(chunks, file, limit=1000 * MB, check=Unchecked())
            else:
                assert found is None

        async def all_at_once() -> None:
            await asyncio.gather(*(one("/reply", folder / f"ours-{index}") for index in range(count)))

        await one("/small", folder / "small")
        if held:
            return {"held": await longest_hold(all_at_once)}
        with measured() as figures:
            await all_at_once()
        return figures


def write_references(folder: Path) -> tuple[tuple[str, ReferenceFile], ...]:
    files: list[ReferenceFile] = []
    for number, size in enumerate(FORM_FILES):
        path = folder / f"reference-{number}"
        path.write_bytes(bytes(size))
        files.append(ReferenceFile(path=path, media_type="image/png"))
    return tuple(("image[]", file) for file in files)


class Unchecked:
    """Takes a picture without a check, which ``checked_reply`` measures."""

    def feed(self, chunk: object) -> None: ...

    def restart(self) -> None: ...

    async def finish(self, file: Path) -> Picture:
        raise NotImplementedError


@contextlib.contextmanager
def measured() -> Generator[Figures]:
    """Fill in ``cpu`` in seconds and ``memory``, the peak above the start in MB."""
    figures: Figures = {}
    Path("/proc/self/clear_refs").write_text("5")  # reset the peak
    memory, cpu = resident("VmRSS"), cpu_seconds()
    yield figures
    figures["cpu"] = cpu_seconds() - cpu
    figures["memory"] = resident("VmHWM") - memory


def resident(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / MB for line in lines if line.startswith(name))


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def longest_hold(work: Callable[[], object]) -> float:
    """Run ``work()`` and return the longest time in ms for which another task was blocked.

    Excludes time in which the process waited for a CPU core; includes time in which it waited for the disk.
    """
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            due = time.perf_counter() + 0.001 - queued()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - queued() - due)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    longest = 0.0
    await cast("asyncio.Future[object]", work())
    await asyncio.sleep(0.002)
    ticking.cancel()
    return longest * 1000


def queued() -> float:
    """Return the seconds that this thread was runnable without a CPU core."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


WAYS: dict[str, Callable[[str, Path, str], Figures]] = {
    "plain": plain,
    "ours": ours(1, held=False),
    "ours-many": ours(MANY, held=False),
    "plain-held": plain_held,
    "ours-held": ours(1, held=True),
    "ours-many-held": ours(MANY, held=True),
}


if __name__ == "__main__":
    sys.exit(main())
