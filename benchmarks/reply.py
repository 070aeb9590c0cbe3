"""Measure the cost of decoding one reply: the plain way against the streaming decoder.

``--shape`` is that of the relay, with the picture twice, or the one of OpenAI, Ark and OpenRouter.

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
from typing import cast

import aiohttp
import requests
from aiohttp import web

from bot.providers.wire.reply import receive_picture
from bot.providers.wire.reply_shapes import IMAGES_REPLY, RELAY_REPLY

MB = 1_000_000
MANY = 16
SHAPES = {"relay": RELAY_REPLY, "images": IMAGES_REPLY}
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
        serve(options.megabytes, options.shape)
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
    parser.add_argument("--megabytes", type=float, default=35, help="the picture; the body has 2.7 times it")
    parser.add_argument("--shape", choices=SHAPES, default="relay", help="of the reply")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each way; medians are shown")
    for internal in ("--child", "--target", "--folder"):
        parser.add_argument(internal, default="", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


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
    body = (2 if shape == "relay" else 1) * megabytes * 4 / 3
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
    reply = requests.post(url + "/reply", timeout=60).json()
    text = reply["image"]["base64"] if shape == "relay" else reply["data"][0]["b64_json"]
    (folder / "plain").write_bytes(base64.b64decode(text))


def ours(count: int, *, held: bool) -> Callable[[str, Path, str], Figures]:
    return lambda url, folder, shape: asyncio.run(ours_on_a_loop(url, folder, shape, count, held=held))


async def ours_on_a_loop(url: str, folder: Path, shape: str, count: int, *, held: bool) -> Figures:
    async with aiohttp.ClientSession(headers={"Accept-Encoding": "identity"}) as session:

        async def one(path: str, file: Path) -> None:
            async with session.post(url + path) as response:
                chunks = response.content.iter_chunked(65_536)
                found = await receive_picture(chunks, file, limit=1000 * MB, shape=SHAPES[shape])
                assert found is None

        async def all_at_once() -> None:
            await asyncio.gather(*(one("/reply", folder / f"ours-{index}") for index in range(count)))

        await one("/small", folder / "small")
        if held:
            return {"held": await longest_hold(all_at_once)}
        with measured() as figures:
            await all_at_once()
        return figures


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


# The server, a child too.


def serve(megabytes: float, shape: str) -> None:
    """Serve the reply on a free loopback port; prints the URL."""
    large, small = os.urandom(int(megabytes * MB)), os.urandom(1000)
    serve_bodies(reply_of(large, shape), reply_of(small, shape))


def serve_bodies(large: bytes, small: bytes) -> None:
    """Serve a reply and, at /small, another one."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # clients disconnect once they have the picture
            body = memoryview(small if request.path == "/small" else large)
            for at in range(0, len(body), 65_536):
                await response.write(body[at : at + 65_536])
        return response

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/{name}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


def reply_of(data: bytes, shape: str = "relay") -> bytes:
    picture = base64.b64encode(data).decode()
    if shape == "images":
        return json.dumps({"created": 1, "data": [{"b64_json": picture}]}).encode()
    image = {"base64": picture, "mimeType": "image/png", "dataUrl": f"data:image/png;base64,{picture}"}
    return json.dumps({"image": image, "description": None}).encode()


if __name__ == "__main__":
    sys.exit(main())
