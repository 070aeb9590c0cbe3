"""Measure a burst: 300 commands and 60 button clicks within a second while 16 4K pictures are in flight.

The bot runs in a process of its own, instrumented; the relay is another process, the simulated Discord is
this one, all connected by loopback sockets. Sixteen replies, each with a 4K PNG of about 35 MB in a body of
about 95 MB, arrive at the speed of a fast network and are decoded, verified, fitted into 10 MiB and posted
while 300 other members use a command and 60 click Again on one picture. Measured: from the dispatch to the
acknowledgement, and to the queued card. --busy adds processes that keep the processor busy. Exit code 1: a
target was missed. Linux only (it reads /proc).
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
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pyvips
from aiohttp import web

from benchmarks.pictures import PNG_4K
from benchmarks.reply import serving
from benchmarks.simulated import (
    BotProcess,
    DiscordServer,
    RestCall,
    StoredInteraction,
    StoredMessage,
    relay_body,
)
from tests.support.wire.discord_routes import LATE_ACKNOWLEDGEMENT

WATCHED = Path(__file__).with_name("watched_bot.py")
MB = 1_000_000
IN_FLIGHT = 16
BUTTONS = 60
TARGET_DEFERRAL_MS = 60.0
TARGET_BUTTON_MS = 200.0
TARGET_CARD_MS = 2000.0
TOO_LATE = 3.0
"""Seconds after which Discord takes no acknowledgement."""
TARGET_HELD_MS = 50.0
TARGET_MEMORY_MB = 250.0
STAGGER = 0.1
"""Seconds between the starts of two replies."""


def main() -> int:
    """Run as the parent, or as the relay process that it starts."""
    options = parse()
    if options.relay:
        asyncio.run(serve_relay(Relay(Path(options.relay).read_bytes(), options.pace * MB)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        picture = PNG_4K.save(Path(folder))
        print(f"{IN_FLIGHT} pictures of {picture.stat().st_size / MB:.0f} MB, {options.commands} commands\n")
        relay = serving("benchmarks.burst", "--relay", str(picture), "--pace", str(options.pace))
        with relay as url, busy_processes(options.busy):
            return report(asyncio.run(measure(url, Path(folder), options.commands)))


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
    parser.add_argument("--relay", default="", help=argparse.SUPPRESS)
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


def report(found: Measurements) -> int:
    acknowledged, shown, buttons = sorted(found.acknowledged), sorted(found.shown), sorted(found.buttons)
    late = [seconds > TOO_LATE for seconds in (*acknowledged, *buttons)]
    held = max((late - queued for late, queued in found.held), default=0.0)
    raw = max((late for late, _ in found.held), default=0.0)
    rows = [
        row("command → acknowledged, p50", share(acknowledged, 0.5) * 1000, None, "ms"),
        row("command → acknowledged, p99", share(acknowledged, 0.99) * 1000, TARGET_DEFERRAL_MS, "ms"),
        row("button → acknowledged, p99", share(buttons, 0.99) * 1000, TARGET_BUTTON_MS, "ms"),
        row("command → queued card, p99", share(shown, 0.99) * 1000, TARGET_CARD_MS, "ms"),
        row("acknowledged after more than 3 s", sum(late), 0, ""),
        row("longest block of the loop", held * 1000, TARGET_HELD_MS, "ms"),
        row("  including waits for a CPU core", raw * 1000, None, "ms"),
        row("peak resident memory", found.memory / MB, TARGET_MEMORY_MB, "MB"),
        row(f"all {IN_FLIGHT} pictures posted after", found.delivered, None, "s"),
    ]
    return 0 if all(rows) else 1


def row(what: str, figure: float, most: float | None, unit: str) -> bool:
    good = most is None or figure <= most
    wanted = "" if most is None else f"≤ {most:g} {unit}  {'pass' if good else 'MISSED'}"
    print(f"{what:40}{figure:>10.1f} {unit:4}{wanted}")
    return good


def share(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


# The bot between the simulated Discord and the relay.


async def measure(relay_url: str, folder: Path, commands: int) -> Measurements:
    discord = DiscordServer()
    discord.rest.calls = calls = Stamps()
    held_file = folder / "held.json"
    settings = {"RELAY_CONCURRENCY": str(IN_FLIGHT), "LOG_LEVEL": "WARNING", "HELD_FILE": str(held_file)}
    async with discord.serve(), aiohttp.ClientSession() as session:
        bot = BotProcess(discord, relay_url, folder, **settings)
        bot.entry = WATCHED
        await bot.start()
        try:
            result = await discord.outcome(await ask(discord, 999, "1K"))
            pictures = [await ask(discord, 1000 + number, "4K") for number in range(IN_FLIGHT)]
            await (await session.get(f"{relay_url}/all-asked")).read()
            begun = time.monotonic()
            await (await session.post(f"{relay_url}/go")).read()
            asked, pressed = await asyncio.gather(burst(discord, commands), buttons(discord, result))
            await discord.until(lambda: all(map(is_seen_to, asked + pressed)), "the queued cards", 120)
            violations = [each for each in discord.violations if each != LATE_ACKNOWLEDGEMENT]
            assert violations == [], violations[:3]
            await discord.until(
                lambda: all(each.response_message.is_outcome for each in pictures), "the pictures", 120
            )
            delivered = time.monotonic()
            assert all(each.response_message.files for each in pictures), [
                each.response_message.text for each in pictures
            ]
            memory = peak_memory(bot.pid)
        finally:
            await bot.stop(seconds=40)
    held = [(late, queued) for at, late, queued in json.loads(held_file.read_text()) if at - late >= begun]
    return Measurements(
        acknowledged=[calls.first(each.token, "callback") - each.sent_at for each in asked],
        buttons=[calls.first(each.token, "callback") - each.sent_at for each in pressed],
        shown=[calls.first(each.token, "messages") - each.sent_at for each in asked],
        delivered=delivered - begun,
        held=held,
        memory=memory,
    )


def is_seen_to(asked: StoredInteraction) -> bool:
    return asked.acknowledged_too_late or bool(asked.response and asked.message and asked.message.edits)


async def burst(discord: DiscordServer, commands: int) -> list[StoredInteraction]:
    """Send this many commands, evenly within a second."""
    begun, asked = time.monotonic(), list[StoredInteraction]()
    for number in range(commands):
        await asyncio.sleep(max(0.0, begun + number / commands - time.monotonic()))
        asked.append(await ask(discord, 2000 + number, "2K"))
    return asked


async def buttons(discord: DiscordServer, result: StoredMessage) -> list[StoredInteraction]:
    """Click Again on a result by ``BUTTONS`` members, evenly within a second."""
    begun, pressed = time.monotonic(), list[StoredInteraction]()
    for number in range(BUTTONS):
        await asyncio.sleep(max(0.0, begun + number / BUTTONS - time.monotonic()))
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


# The relay, a process of its own.


async def serve_relay(relay: Relay) -> None:
    """Listen on a free loopback port; prints the URL."""
    app = web.Application()
    app.router.add_post("/api/data/jimeng/generate", relay.generate)
    app.router.add_get("/all-asked", relay.wait)
    app.router.add_post("/go", relay.go)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


class Relay:
    """Hold calls; release those of 4K together, each reply at ``rate`` bytes a second.

    Those of 1K are answered at once, with a picture of a few bytes.
    """

    def __init__(self, picture: bytes, rate: float) -> None:
        self._body = memoryview(relay_body(picture, "image/png"))
        self._small = relay_body(pyvips.Image.black(64, 64).pngsave_buffer(), "image/png")
        self._pace = rate
        self._asked = 0
        self._all_asked, self._going = asyncio.Event(), asyncio.Event()

    async def wait(self, _: web.Request) -> web.Response:
        await self._all_asked.wait()
        return web.Response()

    async def go(self, _: web.Request) -> web.Response:
        self._going.set()
        return web.Response()

    async def generate(self, request: web.Request) -> web.StreamResponse:
        size = (await request.json()).get("size")
        if size is None:  # the check of the key at the start
            return web.json_response({"error": "prompt is required"}, status=400)
        if size == "1K":
            return web.Response(body=self._small, content_type="application/json")
        if size != "4K":
            await asyncio.Event().wait()
        number, self._asked = self._asked, self._asked + 1
        if self._asked == IN_FLIGHT:
            self._all_asked.set()
        await self._going.wait()
        await asyncio.sleep(number * STAGGER)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # clients disconnect once they have the picture
            await self._send(response)
        return response

    async def _send(self, response: web.StreamResponse) -> None:
        begun, piece = time.monotonic(), 256 * 1024
        for at in range(0, len(self._body), piece):
            await asyncio.sleep(max(0.0, begun + at / self._pace - time.monotonic()))
            await response.write(self._body[at : at + piece])


if __name__ == "__main__":
    sys.exit(main())
