"""A simulated relay: the real protocol over real HTTP, with pictures painted on request.

Beside the relay's own endpoint it serves those of the other providers, see ``services``.
Keywords in the prompt trigger faults; see ``FAULTS``.

Standalone: ``python -m bot.demo.relay --port 8090 [--chaos]``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Literal

import aiohttp
import pyvips
from aiohttp import web

from bot.demo.relay.artifacts import DemoArtifacts
from bot.demo.relay.chaos import DEFAULT_RATES, Chaos, parse_rates
from bot.demo.relay.drawing import Draw, paint_file
from bot.demo.relay.faults import FAULTS, Fault, ark_error, find_fault, unfetchable_error
from bot.demo.relay.prepared_pictures import PreparedPictures
from bot.demo.relay.replies import Reply, relay_reply
from bot.demo.relay.request import GenerateRequest, Refusal, parse_body, parse_request
from bot.demo.relay.services import SERVICES, Service
from bot.domain.errors import ReferenceUnusable
from bot.domain.models import Size

__all__ = ["FAULTS", "DemoRelay", "Fault", "find_fault"]

PATH = "/api/data/jimeng/generate"
DELAY_SECONDS: dict[Size, float] = {"1K": 4.0, "2K": 7.5, "4K": 14.0}
SLOW_SECONDS, HANG_SECONDS = 30.0, 600.0
MAX_PROMPTS = 1024
"""How many prompts are counted for faults that happen only once."""
MAX_REFERENCE_BYTES, REFERENCE_SECONDS = 10_000_000, 10.0
BODY_LIMIT = 32 * 1024 * 1024
"""References travel within calls of some services."""

Fetch = Callable[[str], Awaitable[bytes]]
Delay = float | Callable[[Size], float] | None


class DemoRelay:
    """Implement the relay's protocol with painted pictures.

    ``delay``: seconds per picture, a function of the size, or None for realistic times. ``token``:
    the only one accepted, or None for any. ``fetch`` reads a reference's URL; by default over HTTP.
    ``chaos`` adds random faults; ``ready`` returns the same JPEG for every prompt instead of painting.
    ``draw`` replaces the painter.
    """

    def __init__(
        self,
        *,
        delay: Delay = None,
        token: str | None = None,
        fetch: Fetch | None = None,
        max_prompts: int = MAX_PROMPTS,
        chaos: Chaos | None = None,
        ready: bool = False,
        draw: Draw = paint_file,
    ) -> None:
        self._max_prompts = max_prompts
        self._delay = delay
        self._token = token
        self._fetch = fetch or fetch_reference
        self._chaos = chaos
        self._ready = PreparedPictures() if ready else None
        self._draw = draw
        self._calls: OrderedDict[str, int] = OrderedDict()
        self._painting = asyncio.Semaphore(2)
        self._stopping = asyncio.Event()
        self.app = web.Application(client_max_size=BODY_LIMIT)
        self.app.router.add_post(PATH, self._generate)
        self._artifacts = DemoArtifacts(self._authorize)
        self._artifacts.add_routes(self.app)
        for service in SERVICES:
            for path in service.paths:
                self.app.router.add_post(path, partial(self._serve, service))

    @contextlib.asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str]:
        """Listen; yields the relay's URL."""
        self._stopping.clear()
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=2, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield f"http://{host}:{runner.addresses[0][1]}"
        finally:
            self._stopping.set()
            await runner.cleanup()

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        try:
            self._authorize(request)
            parsed = parse_request(await parse_body(request))
            attempt = self._count_call(parsed.prompt)
            return await self._answer(request, parsed, attempt)
        except Refusal as refusal:
            return refusal.answer()

    async def _serve(self, service: Service, request: web.Request) -> web.StreamResponse:
        """Answer a call of one of the other services."""
        try:
            self._authorize(request)
            parsed = await service.parse(request)
            attempt = self._count_call(parsed.prompt)
            return await self._answer(request, parsed, attempt, service.reply, service.error)
        except Refusal as refusal:
            return Refusal(refusal.status, service.error(refusal.body)).answer()

    async def _answer(
        self,
        request: web.Request,
        parsed: GenerateRequest,
        attempt: int,
        reply: Reply = relay_reply,
        error: Callable[[str], str] = str,
    ) -> web.StreamResponse:
        fault = find_fault(parsed.prompt) or (self._chaos and self._chaos.pick(parsed.prompt, attempt))
        behaviour = fault.behaviour if fault else None
        if fault and behaviour == "answer" and (attempt == 0 or not fault.once):
            return _fault_response(fault, error)
        if behaviour == "hang":
            await self._wait_or_stop(HANG_SECONDS)
            raise Refusal(504, json.dumps({"error": "timeout"}))
        if behaviour == "unfetchable":
            self._refuse_unpublished(parsed.references)
        references = [await self._file_of(reference) for reference in parsed.references]
        await self._wait_or_stop(SLOW_SECONDS if behaviour == "slow" else self._delay_seconds(parsed.size))
        file, kind = await self._paint(parsed, attempt, references, huge=behaviour == "huge")
        if behaviour == "not-a-picture":
            file = b"This is no picture. " * 40
        return await _stream(request, reply(file, kind), cut=behaviour == "cut-off")

    def _authorize(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = token.strip() == self._token if self._token else bool(token.strip())
        if scheme.casefold() != "bearer" or not known:
            raise Refusal(401, json.dumps({"error": "Missing sandbox token"}))

    def _refuse_unpublished(self, references: Sequence[str | bytes]) -> None:
        for url in references or ["https://example.invalid/picture.png"]:
            if isinstance(url, str) and self._artifacts.read(url) is None:
                raise Refusal(400, unfetchable_error(url))

    def _count_call(self, prompt: str) -> int:
        """Return how often this prompt was requested before."""
        before = self._calls.pop(prompt, 0)
        self._calls[prompt] = before + 1
        if len(self._calls) > self._max_prompts:
            self._calls.popitem(last=False)
        return before

    def _delay_seconds(self, size: Size) -> float:
        if self._delay is None:
            return DELAY_SECONDS[size]
        return self._delay(size) if callable(self._delay) else self._delay

    async def _wait_or_stop(self, seconds: float) -> None:
        """Wait, or return early when the server stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _file_of(self, reference: str | bytes) -> bytes:
        if isinstance(reference, bytes):
            return reference
        return await self._fetch_reference_file(reference)

    async def _fetch_reference_file(self, url: str) -> bytes:
        if (published := self._artifacts.read(url)) is not None:
            return published
        try:
            async with asyncio.timeout(REFERENCE_SECONDS):
                return await self._fetch(url)
        except (TimeoutError, OSError, ValueError, aiohttp.ClientError, ReferenceUnusable) as error:
            raise Refusal(400, unfetchable_error(url)) from error

    async def _paint(
        self, parsed: GenerateRequest, attempt: int, references: Sequence[bytes], *, huge: bool
    ) -> tuple[bytes, str]:
        png = huge or "png" in parsed.prompt.casefold()
        width, height = parsed.width, parsed.height
        if self._ready and not png:
            return await self._ready.get(parsed.prompt, width, height), "image/jpeg"
        async with self._painting:
            try:
                file = await asyncio.to_thread(
                    self._draw, parsed.prompt, width, height, attempt, references, png, huge
                )
            except pyvips.Error as error:
                code = "InvalidParameter.UnsupportedImageFormat"
                raise Refusal(400, ark_error(code, "The image format is not supported.", "image")) from error
        return file, "image/png" if png else "image/jpeg"


async def fetch_reference(url: str) -> bytes:
    """Fetch a reference over HTTP; raises ValueError, OSError or ClientError where it can't."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("not an http(s) address")
    timeout = aiohttp.ClientTimeout(total=REFERENCE_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
        response.raise_for_status()
        received = bytearray()
        async for piece in response.content.iter_chunked(65536):
            received += piece
            if len(received) > MAX_REFERENCE_BYTES:
                raise ValueError("over the size limit")
        return bytes(received)


def main(arguments: list[str] | None = None) -> None:
    """Run the simulated relay until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m bot.demo.relay", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--delay", type=float, help="seconds per picture (default: realistic, by size)")
    parser.add_argument("--token", help="the only token to accept (default: any)")
    parser.add_argument(
        "--ready", action="store_true", help="return the same picture for every prompt, without painting"
    )
    rates_help = "random faults; without a value: " + ",".join(
        f"{word}={rate:g}" for word, rate in DEFAULT_RATES.items()
    )
    parser.add_argument(
        "--chaos", type=parse_rates, nargs="?", const=DEFAULT_RATES, metavar="RATES", help=rates_help
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the random faults")
    options = parser.parse_args(arguments)
    chaos = Chaos(options.chaos, seed=options.seed) if options.chaos else None
    relay = DemoRelay(delay=options.delay, token=options.token, chaos=chaos, ready=options.ready)
    asyncio.run(_run(relay, options.host, options.port))


async def _run(relay: DemoRelay, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with relay.serve(host, port) as url:
        print(f"Simulated relay at {url}", flush=True)  # noqa: T201  # the command's output
        await stop.wait()


def _fault_response(fault: Fault, error: Callable[[str], str]) -> web.Response:
    kind: Literal["text/html", "application/json"] = "text/html" if fault.html else "application/json"
    text = fault.body if fault.html else error(fault.body)
    return web.Response(
        status=fault.status, text=text, content_type=kind, charset="utf-8", headers=fault.headers
    )


async def _stream(request: web.Request, reply: Iterator[bytes], *, cut: bool) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # clients disconnect once they have the picture
        for i, piece in enumerate(reply):
            if cut and i == 2 and request.transport:
                request.transport.close()
                return response
            await response.write(piece)
        await response.write_eof()
    return response
