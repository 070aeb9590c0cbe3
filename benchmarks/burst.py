"""Measure a burst: 300 commands and 60 button clicks within a second while 16 4K pictures are in flight.

The bot runs in a process of its own, instrumented; the relay is another process, the simulated Discord is
this one, all connected by loopback sockets. Sixteen replies, each with a 4K PNG of about 35 MB in a body of
about 95 MB, arrive at the speed of a fast network and are decoded, verified, fitted into 10 MiB and posted
while 300 other members use a command and 60 click Again on one picture. Measured: from the dispatch to the
acknowledgement, and to the queued card. What hasn't happened after two minutes counts as infinite.

The two bots of ``benchmarks.plain_bot`` follow, one after another, with the same commands and pictures. They
have neither cards nor buttons and upload the pictures as they are, which the simulated Discord refuses beyond
10 MiB; --ours leaves them out. --busy adds processes that keep the processor busy. Exit code 1: a target was
missed. Linux only (it reads /proc).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.burst_relay import IN_FLIGHT
from benchmarks.click import OURS, PLAIN_BOT, WAYS, cpu_seconds
from benchmarks.pictures import PNG_4K
from benchmarks.reply import serving
from benchmarks.simulated import (
    BotProcess,
    DiscordServer,
    RestCall,
    StoredInteraction,
    StoredMessage,
)
from tests.support.wire.discord_routes import LATE_ACKNOWLEDGEMENT

HELD = "held.json"
WATCHED = Path(__file__).with_name("watched_bot.py")
MB = 1_000_000
BUTTONS = 60
TARGET_DEFERRAL_MS = 60.0
TARGET_BUTTON_MS = 200.0
TARGET_CARD_MS = 2000.0
TOO_LATE = 3.0
"""Seconds after which Discord takes no acknowledgement."""
TARGET_HELD_MS = 50.0
TARGET_MEMORY_MB = 250.0
LONGEST = 120.0
"""Seconds after which a figure counts as infinite."""


def main() -> int:
    """Measure and report; return 1 if a target was missed."""
    options = parse()
    ways = [OURS] if options.ours else list(WAYS)
    with tempfile.TemporaryDirectory() as folder:
        picture = PNG_4K.save(Path(folder))
        print(f"{IN_FLIGHT} pictures of {picture.stat().st_size / MB:.0f} MB, {options.commands} commands")
        found = dict[str, Measurements]()
        for name in ways:
            # Each has a relay of its own, which releases its replies once.
            relay = serving("benchmarks.burst_relay", str(picture), str(options.pace * MB))
            (home := Path(folder) / WAYS[name]).mkdir()
            with relay as url, busy_processes(options.busy):
                found[name] = asyncio.run(measure(name, url, home, options.commands))
    return report(found)


@contextlib.contextmanager
def busy_processes(number: int) -> Generator[None]:
    """Run processes that compute all the time."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure a burst of commands beside pictures of 4K.")
    parser.add_argument("--commands", type=int, default=300, help="commands within a second")
    parser.add_argument("--pace", type=float, default=25, help="MB a second at which each reply comes in")
    parser.add_argument(
        "--busy", type=int, default=0, help="processes that keep the processor busy beside it"
    )
    parser.add_argument("--ours", action="store_true", help="leave out the plain bots")
    return parser.parse_args()


@dataclass(slots=True, kw_only=True)
class Measurements:
    """The measurements, in seconds and bytes."""

    acknowledged: list[float]
    buttons: list[float]
    shown: list[float]
    delivered: float
    held: list[tuple[float, float]]
    memory: int
    cpu: float


def report(found: dict[str, Measurements]) -> int:
    """Print the figures of each bot in a column; return 1 if ours missed a target."""
    print(f"\n{'':40}" + "".join(f"{name:>20}" for name in found))
    rows = [
        row(what, [pick(each) for each in found.values()], most) for what, (pick, most) in FIGURES.items()
    ]
    return 0 if all(rows) else 1


def row(what: str, figures: Sequence[float | None], most: float | None) -> bool:
    good = most is None or (figures[0] or 0.0) <= most
    columns = "".join(f"{'–' if figure is None else f'{figure:.1f}':>20}" for figure in figures)
    print(f"{what:40}{columns}" + ("" if most is None else f"   ≤ {most:g}  {'pass' if good else 'MISSED'}"))
    return good


def share(seconds: list[float], part: float) -> float | None:
    """Return what this part of the figures is within, in milliseconds; None if there are none."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000 if ordered else None


def blocked(found: Measurements, *, with_waits: bool) -> float:
    """Return the longest block of the loop in ms, with or without its waits for a core."""
    return max((late - (0.0 if with_waits else queued) for late, queued in found.held), default=0.0) * 1000


def too_late(found: Measurements) -> float:
    return float(sum(seconds > TOO_LATE for seconds in (*found.acknowledged, *found.buttons)))


Pick = Callable[[Measurements], float | None]
FIGURES: dict[str, tuple[Pick, float | None]] = {
    "command → acknowledged, p50, ms": (lambda found: share(found.acknowledged, 0.5), None),
    "command → acknowledged, p99, ms": (lambda found: share(found.acknowledged, 0.99), TARGET_DEFERRAL_MS),
    "button → acknowledged, p99, ms": (lambda found: share(found.buttons, 0.99), TARGET_BUTTON_MS),
    "command → queued card, p50, ms": (lambda found: share(found.shown, 0.5), None),
    "command → queued card, p99, ms": (lambda found: share(found.shown, 0.99), TARGET_CARD_MS),
    "acknowledged after more than 3 s": (too_late, 0),
    "longest block of the loop, ms": (lambda found: blocked(found, with_waits=False), TARGET_HELD_MS),
    "  including waits for a CPU core": (lambda found: blocked(found, with_waits=True), None),
    "peak resident memory, MB": (lambda found: found.memory / MB, TARGET_MEMORY_MB),
    "processor time, s": (lambda found: found.cpu, None),
    f"all {IN_FLIGHT} pictures uploaded after, s": (lambda found: found.delivered, None),
}


# The bot between the simulated Discord and the relay.


async def measure(name: str, relay_url: str, folder: Path, commands: int) -> Measurements:
    """Measure one of the bots."""
    discord, ours = DiscordServer(), name == OURS
    discord.rest.calls = calls = Stamps()
    async with aiohttp.ClientSession() as session, started(name, discord, relay_url, folder) as bot:
        # Something to press Again on; the plain bots answer it alike, which warms them up.
        result = await discord.outcome(await ask(discord, 999, "1K"))
        pictures = [await ask(discord, 1000 + number, "4K") for number in range(IN_FLIGHT)]
        await (await session.get(f"{relay_url}/all-asked")).read()
        begun, cpu = time.monotonic(), cpu_seconds(bot.pid)
        await (await session.post(f"{relay_url}/go")).read()
        asked, pressed = await asyncio.gather(
            burst(discord, commands), buttons(discord, result, BUTTONS if ours else 0)
        )
        await happens(discord, lambda: all(is_seen_to(each, ours) for each in asked + pressed))

        def posted() -> bool:
            if ours:
                return all(each.message and each.message.files for each in pictures)
            return sum(bool(call.files) for call in calls) > IN_FLIGHT

        await happens(discord, posted)
        delivered = time.monotonic() if posted() else math.inf
        memory, cpu = peak_memory(bot.pid), cpu_seconds(bot.pid) - cpu
    violations = [each for each in discord.violations if each != LATE_ACKNOWLEDGEMENT]
    if violations:
        print(f"{name}: {len(violations)} violations of Discord's rules, such as {violations[0]}")
    held = json.loads((folder / HELD).read_text())
    return Measurements(
        acknowledged=[calls.first(each.token, "callback") - each.sent_at for each in asked],
        buttons=[calls.first(each.token, "callback") - each.sent_at for each in pressed],
        shown=[calls.first(each.token, "messages") - each.sent_at for each in asked] if ours else [],
        delivered=delivered - begun,
        held=[(late, queued) for at, late, queued in held if at - late >= begun],
        memory=memory,
        cpu=cpu,
    )


@contextlib.asynccontextmanager
async def started(
    name: str, discord: DiscordServer, relay_url: str, folder: Path
) -> AsyncGenerator[BotProcess]:
    """Run an instrumented bot."""
    settings = {"RELAY_CONCURRENCY": str(IN_FLIGHT), "LOG_LEVEL": "WARNING", "HELD_FILE": str(folder / HELD)}
    if name != OURS:
        settings["WATCHED_ENTRY"] = str(PLAIN_BOT)
    async with discord.serve():
        bot = BotProcess(discord, relay_url, folder, **settings)
        bot.entry = WATCHED
        await bot.launch(WAYS[name])
        try:
            await discord.until(lambda: discord.gateway.identified, "the bot's connection", 60)
            yield bot
        finally:
            await bot.stop(seconds=40)


async def happens(discord: DiscordServer, condition: Callable[[], bool]) -> None:
    """Wait until something has happened, at most ``LONGEST`` seconds: the figures are printed in any case."""
    with contextlib.suppress(AssertionError):
        await discord.until(condition, "the end of the burst", LONGEST)


def is_seen_to(asked: StoredInteraction, ours: bool) -> bool:
    if asked.acknowledged_too_late or not ours:
        return asked.acknowledged_too_late or bool(asked.response)
    return bool(asked.response and asked.message and asked.message.edits)


async def burst(discord: DiscordServer, commands: int) -> list[StoredInteraction]:
    """Send this many commands, evenly within a second."""
    begun, asked = time.monotonic(), list[StoredInteraction]()
    for number in range(commands):
        await asyncio.sleep(max(0.0, begun + number / commands - time.monotonic()))
        asked.append(await ask(discord, 2000 + number, "2K"))
    return asked


async def buttons(discord: DiscordServer, result: StoredMessage, presses: int) -> list[StoredInteraction]:
    """Click Again on a result by this many members, evenly within a second."""
    begun, pressed = time.monotonic(), list[StoredInteraction]()
    for number in range(presses):
        await asyncio.sleep(max(0.0, begun + number / presses - time.monotonic()))
        pressed.append(await discord.press(3000 + number, result, "again", wait=False))
    return pressed


async def ask(discord: DiscordServer, member: int, size: str) -> StoredInteraction:
    return await discord.slash(member, "imagine", prompt=f"a lighthouse for {member}", size=size, wait=False)


class Stamps(list[RestCall]):
    """The calls of the simulated Discord, with the time of the first of each kind for each interaction."""

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[tuple[str, str], float] = {}

    def append(self, call: RestCall, /) -> None:
        super().append(call)
        token, _, kind = call.path.partition("/api/v10/")[2].split("/", 1)[1].partition("/")[2].partition("/")
        self._first.setdefault((token, kind.split("/")[0]), time.monotonic())

    def first(self, token: str, kind: str) -> float:
        """Return when the first call was made; infinity if there was none."""
        return self._first.get((token, kind), math.inf)


def peak_memory(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.exit(main())
