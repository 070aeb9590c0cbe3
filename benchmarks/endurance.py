"""Measure whether 2,000 jobs on end leave anything behind: memory, open files and threads.

The unmodified bot is a process on an SQLite file between the tests' simulated Discord and a relay that
answers at once with a small picture; eight members take turns. The process is looked at after every tenth of
the jobs, when nothing is in progress. What counts is the growth in the second half, as the first one fills
caches. Left out are large pictures, and what grows in the database. Exit code 1: something grew more than its
target. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.simulated import BotProcess, DiscordServer, RecordingRelay

MEMBERS = 8
SAMPLES = 10
TARGET_MB, TARGET_FILES, TARGET_THREADS = 3.0, 2, 1
PAGE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the process has after a number of jobs."""

    jobs: int
    megabytes: float
    files: int
    threads: int


def main() -> int:
    """Measure; return 1 if a target was missed."""
    parser = argparse.ArgumentParser(description="Measure what many jobs on end leave behind.")
    parser.add_argument("--jobs", type=int, default=2_000, help="jobs in all")
    samples = asyncio.run(measure(parser.parse_args().jobs))
    return 0 if report(samples) else 1


def report(samples: list[Sample]) -> bool:
    middle, last = samples[len(samples) // 2], samples[-1]
    rows = [
        row("memory, MB", last.megabytes - middle.megabytes, TARGET_MB),
        row("open files", last.files - middle.files, TARGET_FILES),
        row("threads", last.threads - middle.threads, TARGET_THREADS),
    ]
    return all(rows)


def row(what: str, grown: float, most: float) -> bool:
    good = grown <= most
    print(f"{what:14}{grown:>+8.1f} in the second half (≤ {most:g})  {'pass' if good else 'MISSED'}")
    return good


async def measure(jobs: int) -> list[Sample]:
    discord, samples = DiscordServer(), list[Sample]()
    relay = RecordingRelay(discord, delay=0, ready=True)
    with tempfile.TemporaryDirectory() as folder:
        async with discord.serve(), relay.serve() as url:
            bot = BotProcess(discord, url, Path(folder), LOG_LEVEL="WARNING")
            await bot.start()
            try:
                for number in range(SAMPLES):
                    await asyncio.gather(
                        *(ask(discord, member, jobs // SAMPLES // MEMBERS) for member in range(MEMBERS))
                    )
                    await asyncio.sleep(2.0)  # its loops finish their rounds
                    samples.append(look_at(bot.pid, (number + 1) * jobs // SAMPLES))
            finally:
                await bot.stop()
    return samples


async def ask(discord: DiscordServer, member: int, times: int) -> None:
    """Let a member ask for one picture after another."""
    for number in range(times):
        asked = await discord.slash(6_000 + member, "imagine", prompt=f"fox {number}", size="1K")
        shown = await discord.outcome(asked, 60)
        assert shown.files, shown.text


def look_at(pid: int, jobs: int) -> Sample:
    process = Path(f"/proc/{pid}")
    sample = Sample(
        jobs=jobs,
        megabytes=int((process / "statm").read_text().split()[1]) * PAGE / 1e6,
        files=len(list((process / "fd").iterdir())),
        threads=len(list((process / "task").iterdir())),
    )
    print(
        f"{jobs:>6} jobs: {sample.megabytes:6.1f} MB, {sample.files} files, {sample.threads} threads",
        flush=True,
    )
    return sample


if __name__ == "__main__":
    sys.exit(main())
