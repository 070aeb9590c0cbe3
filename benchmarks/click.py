"""Measure the time and CPU from a command to the posted picture, beside two plain bots.

Three processes take turns, each between a simulated Discord of its own and the same relay with a prepared 2K
JPEG in colour, all connected by loopback sockets: the unmodified bot on an SQLite file, and the two bots of
``benchmarks.plain_bot``, of which the bare one doesn't check the picture. The clock starts when Discord sends
the command and stops when it has received the whole final edit, including the picture. The relay's time is
from the call's arrival to the first byte of its answer. Sending the reply counts as the bot's, as a slow
reader would prolong it; it is shown separately, too. CPU is that of the bot's process, from /proc, with what
it does after the answer. The floor is what no bot can do without. Exit code 1: a target was missed. Linux
only.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from PIL import Image

from benchmarks.idle import cpu_seconds
from benchmarks.pictures import JPEG_2K
from benchmarks.simulated import BotProcess, DiscordServer, StampedCalls, relay_body

TARGET_MS, TARGET_CPU_MS, TARGET_RATIO = 28.0, 36.0, 1.7
WARM_UP = 5
PERSON = 5001
PLAIN_BOT = Path(__file__).with_name("plain_bot.py")
OURS, BARE = "this bot", "bare bot"
WAYS: Mapping[str, str] = {OURS: "run", "careful plain bot": "careful", BARE: "bare"}
"""Each bot, and the argument that starts it."""


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="Measure the time from a command to the posted picture.")
    parser.add_argument(
        "--rounds", type=int, default=40, help="commands to each bot that are measured, one after another"
    )
    parser.add_argument("--delay", type=float, default=0.2, help="seconds the relay takes to draw")
    options = parser.parse_args()
    picture = JPEG_2K.draw()
    bots = asyncio.run(measure(options.rounds, PreparedRelay(picture, options.delay)))
    print(f"A 2K JPEG of {len(picture) / 1e6:.1f} MB, {options.rounds} clicks one after another\n")
    with tempfile.TemporaryDirectory() as folder:
        for name, milliseconds in floor(picture, Path(folder)).items():
            print(f"{'floor: ' + name:34}{milliseconds:>7.1f} ms")
    print()
    return report(bots)


@dataclass(slots=True, kw_only=True)
class Click:
    """The time of each step, in seconds of one clock."""

    sent: float
    acknowledged: float
    relay_called: float
    relay_began: float
    relay_done: float
    posted: float


@dataclass(slots=True, kw_only=True)
class MeasuredBot:
    """A bot, its Discord and its clicks; ``cpu`` is that of its process in seconds for each click."""

    discord: DiscordServer
    calls: StampedCalls
    process: BotProcess
    clicks: list[Click] = field(default_factory=list[Click])
    cpu: float = 0.0


STEPS: dict[str, Callable[[Click], float]] = {
    "command → acknowledged": lambda click: click.acknowledged - click.sent,
    "acknowledged → relay called": lambda click: click.relay_called - click.acknowledged,
    "reply sent": lambda click: click.relay_done - click.relay_began,
    "reply sent → picture posted": lambda click: click.posted - click.relay_done,
}


def own_share(click: Click) -> float:
    return click.posted - click.sent - (click.relay_began - click.relay_called)


def report(bots: Mapping[str, MeasuredBot]) -> int:
    """Print all figures, then compare this bot's with the targets."""
    for name, bot in bots.items():
        print(f"{name:34}{'p50':>10}{'p95':>10}")
        print(row("  command → picture, less the relay", own_share, bot.clicks))
        for step, seconds in STEPS.items():
            print(row("    " + step, seconds, bot.clicks))
        print(f"{'  CPU a click':34}{bot.cpu * 1000:>7.1f} ms\n")
    ours, bare = median_ms(bots[OURS]), median_ms(bots[BARE])
    good = [
        verdict("command → picture, p50", ours, TARGET_MS, "ms"),
        verdict("the same, relative to the bare bot", ours / bare, TARGET_RATIO, "times"),
        verdict("CPU a click", bots[OURS].cpu * 1000, TARGET_CPU_MS, "ms"),
    ]
    return 0 if all(good) else 1


def median_ms(bot: MeasuredBot) -> float:
    return statistics.median(map(own_share, bot.clicks)) * 1000


def row(name: str, step: Callable[[Click], float], clicks: list[Click]) -> str:
    times = sorted(step(click) * 1000 for click in clicks)
    p95 = times[min(len(times) - 1, round(0.95 * len(times)))]
    return f"{name:34}{statistics.median(times):>7.1f} ms{p95:>7.1f} ms"


def verdict(what: str, figure: float, most: float, unit: str) -> bool:
    good = figure <= most
    print(f"{what:36}{figure:>7.1f} {unit} (≤ {most:g})  {'pass' if good else 'MISSED'}")
    return good


def floor(picture: bytes, folder: Path) -> dict[str, float]:
    """Return the median milliseconds of what no bot can do without, one after another."""
    body, file = relay_body(picture, "image/jpeg"), folder / "written"

    def decode_reply() -> None:
        base64.b64decode(json.loads(body)["image"]["base64"])

    def write() -> None:
        with file.open("wb") as written:
            written.write(bytes(4096))
            written.flush()
            os.fsync(written.fileno())

    def decode_picture() -> None:
        with Image.open(io.BytesIO(picture)) as image:
            image.load()

    steps = {"reply parsed": decode_reply, "4 KiB on disk": write, "picture decoded": decode_picture}
    return {name: median_time(step) for name, step in steps.items()}


def median_time(step: Callable[[], None], times: int = 15) -> float:
    def once() -> float:
        begun = time.perf_counter()
        step()
        return (time.perf_counter() - begun) * 1000

    return statistics.median(once() for _ in range(times))


# The bots between their simulated Discords and the relay.


async def measure(rounds: int, relay: PreparedRelay) -> dict[str, MeasuredBot]:
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(relay.serve())
        for way in WAYS.values():
            (folder / way).mkdir()
        bots = {
            name: await stack.enter_async_context(started(way, url, folder / way))
            for name, way in WAYS.items()
        }
        for number in range(WARM_UP):
            for bot in bots.values():
                await click(bot, relay, number)
        before = {name: cpu_seconds(bot.process.pid) for name, bot in bots.items()}
        for number in range(rounds):
            for bot in bots.values():
                bot.clicks.append(await click(bot, relay, WARM_UP + number))
        for name, bot in bots.items():
            bot.cpu = (cpu_seconds(bot.process.pid) - before[name]) / rounds
    return bots


@contextlib.asynccontextmanager
async def started(way: str, relay_url: str, folder: Path) -> AsyncGenerator[MeasuredBot]:
    """Run a bot in front of a Discord of its own."""
    discord = DiscordServer()
    discord.rest.calls = calls = StampedCalls()
    async with discord.serve():
        process = BotProcess(discord, relay_url, folder)
        if way != WAYS[OURS]:
            process.entry = PLAIN_BOT
        await process.launch(way, LOG_LEVEL="WARNING")
        try:
            await discord.until(lambda: discord.gateway.identified, "the bot's connection", 60)
            yield MeasuredBot(discord=discord, calls=calls, process=process)
        finally:
            await process.stop()


async def click(bot: MeasuredBot, relay: PreparedRelay, number: int) -> Click:
    bot.calls.stamps.clear()
    interaction = await bot.discord.slash(PERSON, "imagine", prompt=f"a lighthouse at dusk, {number}")
    shown = await bot.discord.outcome(interaction)
    assert len(shown.files) == 1, shown.text
    await asyncio.sleep(0.05)  # let the bot finish its work after the answer
    return Click(
        sent=interaction.sent_at,
        acknowledged=bot.calls.when(lambda call: call.path.endswith("/callback")),
        relay_called=relay.asked,
        relay_began=relay.began,
        relay_done=relay.done,
        posted=bot.calls.when(lambda call: call.method == "PATCH" and call.files),
    )


class PreparedRelay:
    """Answer each call with the same picture after ``delay`` seconds, and record the times."""

    def __init__(self, picture: bytes, delay: float) -> None:
        self._body = memoryview(relay_body(picture, "image/jpeg"))
        self._needed = bytes(self._body).index(b'", "mimeType"') + 1
        self._delay = delay
        self.asked = self.began = self.done = 0.0

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncGenerator[str]:
        app = web.Application()
        app.router.add_post("/api/data/jimeng/generate", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked = time.monotonic()
        await request.read()
        await asyncio.sleep(self._delay)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        self.began = time.monotonic()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # clients disconnect once they have the picture
            await self._send(response, 0, self._needed)
            self.done = time.monotonic()
            await self._send(response, self._needed, len(self._body))
        return response

    async def _send(self, response: web.StreamResponse, start: int, end: int) -> None:
        for at in range(start, end, 65_536):
            await response.write(self._body[at : min(at + 65_536, end)])


if __name__ == "__main__":
    sys.exit(main())
