"""Measure how many jobs one, two and four workers get done: twice and four times as many?

One gateway process that draws nothing, so many ``jimeng-bot worker`` beside it, one PostgreSQL, a simulated
Discord and a simulated relay, all processes and sockets real. The relay takes five seconds for a picture and
a worker draws four at once, so the relay bounds what a worker gets done. As many members as there are jobs
ask within a second; clocked is from the relay's first call to the last answer in its channel. PostgreSQL is
at the URL that is given (an empty database of your own), or a server started for the while where it is
installed. Exit code 1: a target was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from benchmarks.simulated import CountedRelay, DiscordServer, Exchange, Plan, running
from tests.support.postgres_server import HOW_TO_GET, throwaway_databases

WORKERS = (1, 2, 4)
EACH = 4
"""Pictures that a worker draws at once."""
TARGET = 0.9
"""What share of the ideal, so many workers times the work of one, is wanted."""


def main() -> int:
    """Measure each number of workers, and compare."""
    options = parse()
    with throwaway_databases(options.postgres) as urls:
        if "PostgreSQL" not in urls:
            print(HOW_TO_GET)
            return 1
        rates = {number: asyncio.run(measure(urls["PostgreSQL"], number, options)) for number in WORKERS}
    good = [report(number, rate, rate / rates[1]) for number, rate in rates.items()]
    return 0 if all(good) else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure what more workers bring.")
    parser.add_argument("postgres", nargs="?", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--jobs", type=int, default=24, help="jobs for each worker")
    parser.add_argument("--delay", type=float, default=5.0, help="seconds the relay takes for a picture")
    return parser.parse_args()


async def measure(url: str, workers: int, options: argparse.Namespace) -> float:
    """Return how many jobs a second so many workers get done."""
    discord = DiscordServer()
    relay = CountedRelay(discord, delay=options.delay, ready=True)
    shares = {"RELAY_CONCURRENCY": str(EACH * workers), "WORKER_CONCURRENCY": str(EACH)}
    plans: list[Plan] = [("run", {"RUN_WORKERS": "false", **shares}), *[("worker", shares)] * workers]
    count = options.jobs * workers
    patience = 30 + 4 * options.jobs * options.delay / EACH
    async with discord.serve(), relay.serve() as relay_url, running(discord, relay_url, url, plans):
        asked = [await ask(discord, number, count) for number in range(count)]
        for each in asked:
            shown = await discord.outcome(each, patience)
            assert shown.files, shown.text
        ended = time.monotonic()
    assert len(relay.asked) == count
    return count / (ended - relay.asked_at[0])


async def ask(discord: DiscordServer, number: int, count: int) -> Exchange:
    await asyncio.sleep(1 / count)
    return await discord.slash(9000 + number, "imagine", prompt=f"fox {number}", size="1K")


def report(workers: int, rate: float, times: float) -> bool:
    good = times >= TARGET * workers
    wanted = f"≥ {TARGET * workers:g} times  {'pass' if good else 'MISSED'}" if workers > 1 else ""
    print(f"{workers} workers: {rate:>6.2f} jobs/s {times:>6.2f} times one worker's  {wanted}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
