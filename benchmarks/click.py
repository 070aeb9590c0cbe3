"""Measure the time from a command to the posted picture, without the relay's share.

The unmodified bot runs in a process of its own, between the tests' simulated Discord and a relay with a
prepared 2K JPEG, all connected by loopback sockets. The clock starts when Discord sends the command and stops
when it has received the whole final edit, including the picture. The relay's time is from the call's arrival
to the first byte of its answer. Sending the reply counts as the bot's, as a slow reader would prolong it;
it is shown separately, too. Exit code 1: the target was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from benchmarks.pictures import JPEG_2K
from benchmarks.simulated import BotProcess, DiscordServer, StampedCalls, relay_body

TARGET_MS = 60.0
WARM_UP = 5
PERSON = 5001


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="Measure the time from a command to the posted picture.")
    parser.add_argument(
        "--rounds", type=int, default=40, help="commands that are measured, one after another"
    )
    parser.add_argument("--delay", type=float, default=0.2, help="seconds the relay takes to draw")
    options = parser.parse_args()
    picture = JPEG_2K.draw()
    found = asyncio.run(measure(options.rounds, PreparedRelay(picture, options.delay)))
    return report(found, len(picture))


@dataclass(slots=True, kw_only=True)
class Click:
    """The time of each step, in seconds of one clock."""

    sent: float
    acknowledged: float
    relay_called: float
    relay_began: float
    relay_done: float
    posted: float


STEPS: dict[str, Callable[[Click], float]] = {
    "command → acknowledged": lambda click: click.acknowledged - click.sent,
    "acknowledged → relay called": lambda click: click.relay_called - click.acknowledged,
    "reply sent": lambda click: click.relay_done - click.relay_began,
    "reply sent → picture posted": lambda click: click.posted - click.relay_done,
}


def own_share(click: Click) -> float:
    return click.posted - click.sent - (click.relay_began - click.relay_called)


def report(clicks: list[Click], size: int) -> int:
    most = statistics.median(map(own_share, clicks)) * 1000
    passed = most <= TARGET_MS
    print(f"A 2K JPEG of {size / 1e6:.1f} MB, {len(clicks)} clicks one after another\n")
    print(f"{'':34}{'p50':>10}{'p95':>10}{'target':>12}")
    target = f"≤ {TARGET_MS:.0f} ms"
    print(row("command → picture, without the relay", own_share, clicks) + f"{target:>12}  {verdict(passed)}")
    for name, step in STEPS.items():
        print(row("  " + name, step, clicks))
    return 0 if passed else 1


def row(name: str, step: Callable[[Click], float], clicks: list[Click]) -> str:
    times = sorted(step(click) * 1000 for click in clicks)
    p95 = times[min(len(times) - 1, round(0.95 * len(times)))]
    return f"{name:34}{statistics.median(times):>7.1f} ms{p95:>7.1f} ms"


def verdict(passed: bool) -> str:
    return "pass" if passed else "MISSED"


# The bot between the simulated Discord and the relay.


async def measure(rounds: int, relay: PreparedRelay) -> list[Click]:
    discord = DiscordServer()
    discord.rest.calls = calls = StampedCalls()
    with tempfile.TemporaryDirectory() as folder:
        async with discord.serve(), relay.serve() as url:
            bot = BotProcess(discord, url, Path(folder))
            await bot.launch("run", LOG_LEVEL="WARNING")
            try:
                await discord.until(lambda: discord.gateway.identified, "the bot's connection", 30)
                clicks = [await click(discord, calls, relay, number) for number in range(WARM_UP + rounds)]
            finally:
                await bot.stop()
    return clicks[WARM_UP:]


async def click(discord: DiscordServer, calls: StampedCalls, relay: PreparedRelay, number: int) -> Click:
    calls.stamps.clear()
    interaction = await discord.slash(PERSON, "imagine", prompt=f"a lighthouse at dusk, {number}")
    shown = await discord.outcome(interaction)
    assert len(shown.files) == 1, shown.text
    await asyncio.sleep(0.05)  # let the bot finish its work after the answer
    return Click(
        sent=interaction.sent_at,
        acknowledged=calls.when(lambda call: call.path.endswith("/callback")),
        relay_called=relay.asked,
        relay_began=relay.began,
        relay_done=relay.done,
        posted=calls.when(lambda call: call.method == "PATCH" and call.files),
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
