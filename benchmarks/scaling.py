"""Measure the throughput of one, two and four workers.

A gateway process without workers, one to four ``jimeng-bot worker`` processes, one PostgreSQL, a simulated
Discord and a simulated relay, connected by loopback sockets. The relay takes five seconds for a picture and a
worker generates four at once, so the relay limits a worker's throughput. All requests are sent within a
second; the time is measured from the relay's first call to the last answer. PostgreSQL is at the given URL
(an empty database of your own), or on a temporary server if it is installed. Exit code 1: a target was
missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from benchmarks.simulated import DiscordServer, Plan, RecordingRelay, StoredInteraction, running
from tests.support.postgres_server import INSTALL_HINT, temporary_databases

WORKERS = (1, 2, 4)
EACH = 4
"""Pictures that a worker generates at once."""
TARGET = 0.9
"""The target as a share of linear scaling."""


def main() -> int:
    """Measure each number of workers and compare."""
    options = parse()
    with temporary_databases(options.postgres) as urls:
        if "PostgreSQL" not in urls:
            print(INSTALL_HINT)
            return 1
        rates = {number: asyncio.run(measure(urls["PostgreSQL"], number, options)) for number in WORKERS}
    good = [report(number, rate, rate / rates[1]) for number, rate in rates.items()]
    return 0 if all(good) else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the throughput of several workers.")
    parser.add_argument("postgres", nargs="?", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--jobs", type=int, default=24, help="jobs per worker")
    parser.add_argument("--delay", type=float, default=5.0, help="seconds the relay takes for a picture")
    return parser.parse_args()


async def measure(url: str, workers: int, options: argparse.Namespace) -> float:
    """Return the jobs per second of this many workers."""
    discord = DiscordServer()
    relay = RecordingRelay(discord, delay=options.delay, ready=True)
    shares = {"RELAY_CONCURRENCY": str(EACH * workers), "WORKER_CONCURRENCY": str(EACH)}
    plans: list[Plan] = [("run", {"RUN_WORKERS": "false", **shares}), *[("worker", shares)] * workers]
    count = options.jobs * workers
    timeout = 30 + 4 * options.jobs * options.delay / EACH
    async with discord.serve(), relay.serve() as relay_url, running(discord, relay_url, url, plans):
        asked = [await ask(discord, number, count) for number in range(count)]
        for each in asked:
            shown = await discord.outcome(each, timeout)
            assert shown.files, shown.text
        ended = time.monotonic()
    assert len(relay.requests) == count
    return count / (ended - relay.request_times[0])


async def ask(discord: DiscordServer, number: int, count: int) -> StoredInteraction:
    await asyncio.sleep(1 / count)
    return await discord.slash(9000 + number, "imagine", prompt=f"fox {number}", size="1K")


def report(workers: int, rate: float, times: float) -> bool:
    good = times >= TARGET * workers
    wanted = f"≥ {TARGET * workers:g} times  {'pass' if good else 'MISSED'}" if workers > 1 else ""
    print(f"{workers} workers: {rate:>6.2f} jobs/s {times:>6.2f} times one worker's  {wanted}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
