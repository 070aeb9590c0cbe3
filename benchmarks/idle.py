"""Measure the idle bot: CPU usage without requests, and how fast a request starts.

Whole processes connected by loopback sockets to a simulated Discord and a simulated relay: one process on
SQLite, one on PostgreSQL, and a gateway process with a separate worker on PostgreSQL. First each process's
CPU time without any requests is read from /proc. Then members send requests one after another. By the bot's
own clock: from the insertion of a request to its claim. From outside: from the acknowledgement of a command
to the arrival of the call at the relay. PostgreSQL is at the given URL (an empty database of your own), or on
a temporary server if it is installed. Exit code 1: a target was missed. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.simulated import BotProcess, DiscordServer, Plan, RecordingRelay, StampedCalls, running
from tests.support.postgres_server import temporary_databases

TARGET_CPU_PERCENT = 0.3
TARGET_START_MS = 10.0
WARM_UP = 3
SETTLING = 10.0
"""Seconds for a process to finish its start-up work."""
BETWEEN = 0.4
"""Seconds between two commands."""

TOGETHER: list[Plan] = [("run", {})]
APART: list[Plan] = [("run", {"RUN_WORKERS": "false"}), ("worker", {})]


def main() -> int:
    """Measure each deployment; return 1 if a target was missed."""
    options = parse()
    with temporary_databases(options.postgres) as urls:
        rounds = [(name, url, TOGETHER) for name, url in urls.items()]
        if "PostgreSQL" in urls:
            rounds.append(("PostgreSQL, worker apart", urls["PostgreSQL"], APART))
        good = [asyncio.run(measure(name, url, each, options)) for name, url, each in rounds]
    return 0 if all(good) else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the idle bot.")
    parser.add_argument("postgres", nargs="?", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--seconds", type=float, default=60, help="seconds without requests")
    parser.add_argument("--clicks", type=int, default=30, help="commands to measure")
    return parser.parse_args()


async def measure(name: str, url: str, plans: Sequence[Plan], options: argparse.Namespace) -> bool:
    discord = DiscordServer()
    discord.rest.calls = calls = StampedCalls()
    relay = RecordingRelay(discord, delay=0, ready=True)
    async with discord.serve(), relay.serve() as relay_url, running(discord, relay_url, url, plans) as bots:
        await asyncio.sleep(SETTLING)
        spent = await rest(bots, options.seconds)
        whole = [await click(discord, calls, relay, n) for n in range(WARM_UP + options.clicks)]
        rows = bots[0].jobs()[-options.clicks :]
    good = [
        verdict(f"{name}: {bot.command}, CPU when idle", percent, TARGET_CPU_PERCENT, "%")
        for bot, percent in zip(bots, spent, strict=True)
    ]
    start = statistics.median(row["started_at"] - row["created_at"] for row in rows) * 1000
    good.append(verdict(f"{name}: inserted → claimed, p50", start, TARGET_START_MS, "ms"))
    asked = statistics.median(whole[WARM_UP:]) * 1000
    good.append(verdict(f"{name}: acknowledged → relay called, p50", asked, None, "ms"))
    return all(good)


async def rest(bots: Sequence[BotProcess], seconds: float) -> list[float]:
    """Return each process's CPU usage without requests, in per cent of a core."""
    before, begun = [cpu_seconds(bot.pid) for bot in bots], time.monotonic()
    await asyncio.sleep(seconds)
    passed = time.monotonic() - begun
    return [(cpu_seconds(bot.pid) - was) / passed * 100 for bot, was in zip(bots, before, strict=True)]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def click(discord: DiscordServer, calls: StampedCalls, relay: RecordingRelay, number: int) -> float:
    """Send a command; return the seconds from its acknowledgement to the relay call."""
    calls.stamps.clear()
    before = len(relay.request_times)
    await discord.slash(7000 + number, "imagine", prompt=f"a lighthouse at dusk, {number}", size="1K")
    await discord.until(lambda: len(relay.request_times) > before, "the relay call", 30)
    await asyncio.sleep(BETWEEN)
    return relay.request_times[before] - calls.when(lambda call: call.path.endswith("/callback"))


def verdict(what: str, figure: float, most: float | None, unit: str) -> bool:
    good = most is None or figure <= most
    wanted = "" if most is None else f"≤ {most:g} {unit}  {'pass' if good else 'MISSED'}"
    print(f"{what:56}{figure:>8.2f} {unit:3} {wanted}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
