"""The relay of ``benchmarks.burst``, a process of its own: ``burst_relay.py PICTURE BYTES_PER_SECOND``."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from pathlib import Path

import pyvips
from aiohttp import web

from benchmarks.simulated import relay_body

IN_FLIGHT = 16
"""Replies of 4K that arrive beside the burst."""
STAGGER = 0.1
"""Seconds between the starts of two replies."""


def main() -> None:
    """Serve until it is ended."""
    picture, pace = sys.argv[1:]
    asyncio.run(serve_relay(Relay(Path(picture).read_bytes(), float(pace))))


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
    main()
