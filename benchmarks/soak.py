"""Run the bot for ten minutes at one request a second, and compare minute ten with minute four.

The unmodified bot is a process on an SQLite file between the tests' simulated Discord and a relay that
answers at once with a small picture. Compared are resident memory, open files, threads and the folders in the
spool, each as the median of the samples in the minute before. Left out are large pictures, and what grows in
the database. Exit code 1: something grew more than its target. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endurance import Sample, ask, look_at
from benchmarks.simulated import BotProcess, DiscordServer, RecordingRelay

MEMBERS = 8
EVERY = 10.0
"""Seconds between two samples."""
EARLY = 0.4
"""Part of the time after which nothing should grow any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """By how much a figure may grow."""

    name: str
    most: float
    of: Callable[[Sample, int], float]


TARGETS = (
    Target(name="memory, MB", most=2.0, of=lambda sample, _: sample.megabytes),
    Target(name="open files", most=1, of=lambda sample, _: sample.files),
    Target(name="threads", most=0, of=lambda sample, _: sample.threads),
    Target(name="folders in the spool", most=0, of=lambda _, folders: folders),
)


@dataclass
class Jobs:
    """Counts what was answered."""

    done: int = 0


def main() -> int:
    """Run; return 1 if something grew."""
    parser = argparse.ArgumentParser(description="Look for what grows in ten minutes.")
    parser.add_argument("--minutes", type=float, default=10)
    samples = asyncio.run(measure(parser.parse_args().minutes * 60))
    results = [report(target, samples) for target in TARGETS]
    return 0 if all(results) else 1


def report(target: Target, samples: list[tuple[Sample, int]]) -> bool:
    early = round(len(samples) * EARLY)
    minute = max(1, round(len(samples) / 10))
    before, after = (
        statistics.median(target.of(*sample) for sample in part)
        for part in (samples[early - minute : early], samples[-minute:])
    )
    good = after - before <= target.most
    print(
        f"{target.name:22}{before:8.1f} → {after:8.1f} (≤ {target.most:+g})  {'pass' if good else 'MISSED'}"
    )
    return good


async def measure(seconds: float) -> list[tuple[Sample, int]]:
    discord, samples = DiscordServer(), list[tuple[Sample, int]]()
    relay = RecordingRelay(discord, delay=0, ready=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with discord.serve(), relay.serve() as url:
            bot = BotProcess(discord, url, folder, LOG_LEVEL="WARNING")
            await bot.start()
            try:
                until, jobs = time.monotonic() + seconds, Jobs()
                members = [
                    asyncio.create_task(keep_asking(discord, member, until, jobs))
                    for member in range(MEMBERS)
                ]
                while time.monotonic() < until:
                    await asyncio.sleep(EVERY)
                    samples.append((look_at(bot.pid, jobs.done), folders_in(folder)))
                await asyncio.gather(*members)
            finally:
                await bot.stop()
    return samples


async def keep_asking(discord: DiscordServer, member: int, until: float, jobs: Jobs) -> None:
    """Ask every eight seconds, in turn with the others."""
    await asyncio.sleep(member)
    while time.monotonic() < until:
        begun = time.monotonic()
        await ask(discord, member, 1)
        jobs.done += 1
        await asyncio.sleep(max(0.0, begun + MEMBERS - time.monotonic()))


def folders_in(folder: Path) -> int:
    """Count the folders of jobs that are in the spool."""
    return sum(1 for spool in folder.rglob("spool") for entry in spool.iterdir() if entry.is_dir())


if __name__ == "__main__":
    sys.exit(main())
