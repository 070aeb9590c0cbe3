"""Measure a start: until the bot identifies at Discord, and the time and memory that its imports take.

Whole processes beside a simulated Discord on loopback sockets, with an empty SQLite file that was migrated
before; the bare bot of ``benchmarks.plain_bot`` beside it. The time runs from the start of the process to its
identify at the gateway; of Discord's side it has only what the simulation takes. Imports are those of the
command line and the bot, in a process of their own, with compiled modules; beside them ``import discord``
alone, which no bot can do without. Medians, CPU from the process itself. Exit code 1: a target was missed.
Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.click import PLAIN_BOT
from benchmarks.simulated import BotProcess, DiscordServer, RecordingRelay

TARGET_IDENTIFY, TARGET_IMPORT, TARGET_MEMORY = 0.7, 0.4, 70.0
OURS = ("bot.__main__", "bot.ops.serve", "bot.gateway.client")
FLOOR = ("discord",)
IDENTIFY_INTERVAL = 6.0
MEASURE = """
import importlib, json, sys, time
begun, cpu = time.perf_counter(), time.process_time()
for name in sys.argv[1:]:
    importlib.import_module(name)
seconds = time.perf_counter() - begun, time.process_time() - cpu
memory = next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]
print(json.dumps([*seconds, int(memory) * 1024 / 1e6]))
"""


def main() -> int:
    """Measure and report; return 1 if a target was missed."""
    parser = argparse.ArgumentParser(description="Measure a start.")
    parser.add_argument("--rounds", type=int, default=7, help="starts of each process")
    rounds = parser.parse_args().rounds
    ours, floor = imports(OURS, rounds), imports(FLOOR, rounds)
    identify = asyncio.run(starts("run", rounds))
    bare = asyncio.run(starts("bare", rounds))
    print(f"{'':24}{'this bot':>10}{'floor':>10}")
    good = [
        row("start to identify, s", identify, bare, TARGET_IDENTIFY),
        row("imports, s", ours[0], floor[0], TARGET_IMPORT),
        row("imports, s of CPU", ours[1], floor[1], None),
        row("memory by imports, MB", ours[2], floor[2], TARGET_MEMORY),
    ]
    return 0 if all(good) else 1


def row(what: str, ours: float, floor: float, most: float | None) -> bool:
    good = most is None or ours <= most
    wanted = "" if most is None else f"  ≤ {most:g}  {'pass' if good else 'MISSED'}"
    print(f"{what:24}{ours:>10.2f}{floor:>10.2f}{wanted}")
    return good


def imports(modules: tuple[str, ...], rounds: int) -> list[float]:
    """Return the median seconds, seconds of CPU and megabytes of a process that only imports."""
    command = [sys.executable, "-c", MEASURE, *modules]
    # Compiled modules are kept, whatever this process was told.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    results = [json.loads(subprocess.check_output(command, env=environment)) for _ in range(rounds + 1)]
    # The first one compiles.
    return [statistics.median(figures) for figures in zip(*results[1:], strict=True)]


async def starts(way: str, rounds: int) -> float:
    """Return the median seconds from the start of a process to its identify."""
    found = list[float]()
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "first"
        first.mkdir()
        await start(way, first)
        # Discord allows one identify in five seconds, which the database remembers.
        await asyncio.sleep(IDENTIFY_INTERVAL)
        for number in range(rounds):
            home = shutil.copytree(first, Path(folder) / f"{number}")
            found.append(await start(way, home))
    return statistics.median(found)


async def start(way: str, folder: Path) -> float:
    discord = DiscordServer()
    relay = RecordingRelay(discord, delay=0, ready=True)
    async with discord.serve(), relay.serve() as url:
        process = BotProcess(discord, url, folder)
        if way != "run":
            process.entry = PLAIN_BOT
        begun = time.monotonic()
        await process.launch(way, LOG_LEVEL="WARNING")
        try:
            await discord.until(lambda: discord.gateway.identified, "the identify", 60)
            return time.monotonic() - begun
        finally:
            await process.stop()


if __name__ == "__main__":
    sys.exit(main())
