"""A simulated relay: the real protocol over real HTTP, pictures painted on the spot.

Words in the prompt ask for faults; see ``FAULTS``. Alone: ``python -m bot.demo.relay --port 8090 [--chaos]``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Literal

import aiohttp
import pybase64
import pyvips
from aiohttp import web

from bot.demo.painter.paint import encode, paint
from bot.demo.relay.artifacts import DemoArtifacts
from bot.demo.relay.chaos import BAD_DAY, Chaos, read_rates
from bot.demo.relay.faults import FAULTS, Fault, ark, find_fault, unfetchable
from bot.demo.relay.prepared_pictures import ReadyPictures
from bot.demo.relay.request import Asked, Refused, read_asked, read_body
from bot.domain.errors import ReferenceUnusable
from bot.domain.models import PIXELS, Size

__all__ = ["FAULTS", "DemoRelay", "Fault", "find_fault"]

PATH = "/api/data/jimeng/generate"
SECONDS: dict[Size, float] = {"1K": 4.0, "2K": 7.5, "4K": 14.0}
SLOW, HANG = 30.0, 600.0
REMEMBERED = 1024
"""How many prompts are remembered for the faults that happen once."""
CHUNK = 3 * 64 * 1024
"""Bytes of picture per piece of the reply; a multiple of three, so base64 needs no padding inside."""
LARGEST_REFERENCE, REFERENCE_SECONDS = 10_000_000, 10.0
BODY_LIMIT = 1024 * 1024

Fetch = Callable[[str], Awaitable[bytes]]
Delay = float | Callable[[Size], float] | None


class DemoRelay:
    """Answer the relay's protocol with painted pictures.

    ``delay``: seconds per picture, a function of the size, or None for lifelike times. ``token``:
    the only one accepted, or None for any. ``fetch`` reads a reference's URL; by default over HTTP.
    ``chaos`` adds faults by chance; ``ready`` gives everyone the same JPEG instead of painting.
    """

    def __init__(
        self,
        *,
        delay: Delay = None,
        token: str | None = None,
        fetch: Fetch | None = None,
        remembered: int = REMEMBERED,
        chaos: Chaos | None = None,
        ready: bool = False,
    ) -> None:
        self._remembered = remembered
        self._delay = delay
        self._token = token
        self._fetch = fetch or fetch_reference
        self._chaos = chaos
        self._ready = ReadyPictures() if ready else None
        self._calls: OrderedDict[str, int] = OrderedDict()
        self._painting = asyncio.Semaphore(2)
        self._leaving = asyncio.Event()
        self.app = web.Application(client_max_size=BODY_LIMIT)
        self.app.router.add_post(PATH, self._generate)
        self._artifacts = DemoArtifacts(self._authorize)
        self._artifacts.add_routes(self.app)

    @contextlib.asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str]:
        """Listen; yields the address to use as the relay's URL."""
        self._leaving.clear()
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=2, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield f"http://{host}:{runner.addresses[0][1]}"
        finally:
            self._leaving.set()
            await runner.cleanup()

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        try:
            self._authorize(request)
            asked = read_asked(await read_body(request))
            call = self._count(asked.prompt)
            return await self._answer(request, asked, call)
        except Refused as refusal:
            return refusal.answer()

    async def _answer(self, request: web.Request, asked: Asked, call: int) -> web.StreamResponse:
        fault = find_fault(asked.prompt) or (self._chaos and self._chaos.pick(asked.prompt, call))
        act = fault.act if fault else None
        if fault and act == "answer" and (call == 0 or not fault.once):
            return _fail(fault)
        if act == "hang":
            await self._pause(HANG)
            raise Refused(504, json.dumps({"error": "timeout"}))
        if act == "unfetchable":
            self._refuse_unpublished(asked.image or "https://example.invalid/picture.png")
        reference = await self._reference(asked.image)
        await self._pause(SLOW if act == "slow" else self._seconds(asked.size))
        file, kind = await self._paint(asked, call, reference, huge=act == "huge")
        if act == "not-a-picture":
            file = b"This is no picture. " * 40
        return await _stream(request, file, kind, cut=act == "cut-off")

    def _authorize(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = token.strip() == self._token if self._token else bool(token.strip())
        if scheme.casefold() != "bearer" or not known:
            raise Refused(401, json.dumps({"error": "Missing sandbox token"}))

    def _refuse_unpublished(self, url: str) -> None:
        if self._artifacts.read(url) is None:
            raise Refused(400, unfetchable(url))

    def _count(self, prompt: str) -> int:
        """Tell how often this prompt was asked before."""
        before = self._calls.pop(prompt, 0)
        self._calls[prompt] = before + 1
        if len(self._calls) > self._remembered:
            self._calls.popitem(last=False)
        return before

    def _seconds(self, size: Size) -> float:
        if self._delay is None:
            return SECONDS[size]
        return self._delay(size) if callable(self._delay) else self._delay

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than the server lives."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._leaving.wait(), seconds)

    async def _reference(self, url: str | None) -> bytes | None:
        if url is None:
            return None
        if (published := self._artifacts.read(url)) is not None:
            return published
        try:
            async with asyncio.timeout(REFERENCE_SECONDS):
                return await self._fetch(url)
        except (TimeoutError, OSError, ValueError, aiohttp.ClientError, ReferenceUnusable) as error:
            raise Refused(400, unfetchable(url)) from error

    async def _paint(
        self, asked: Asked, call: int, reference: bytes | None, *, huge: bool
    ) -> tuple[bytes, str]:
        png = huge or "png" in asked.prompt.casefold()
        width, height = PIXELS[asked.size][asked.ratio]
        if self._ready and not png:
            return await self._ready.get(asked.prompt, width, height), "image/jpeg"
        async with self._painting:
            try:
                file = await asyncio.to_thread(_file, asked.prompt, width, height, call, reference, png, huge)
            except pyvips.Error as error:
                code = "InvalidParameter.UnsupportedImageFormat"
                raise Refused(400, ark(code, "The image format is not supported.", "image")) from error
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
            if len(received) > LARGEST_REFERENCE:
                raise ValueError("over the size limit")
        return bytes(received)


def main(arguments: list[str] | None = None) -> None:
    """Run the simulated relay until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m bot.demo.relay", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--delay", type=float, help="seconds per picture (default: lifelike, by size)")
    parser.add_argument("--token", help="the only token to accept (default: any)")
    parser.add_argument("--ready", action="store_true", help="give everyone the same picture, at no cost")
    usual = "faults by chance; alone: " + ",".join(f"{word}={rate:g}" for word, rate in BAD_DAY.items())
    parser.add_argument("--chaos", type=read_rates, nargs="?", const=BAD_DAY, metavar="RATES", help=usual)
    parser.add_argument("--seed", type=int, default=0, help="what the chances follow from")
    options = parser.parse_args(arguments)
    chaos = Chaos(options.chaos, seed=options.seed) if options.chaos else None
    relay = DemoRelay(delay=options.delay, token=options.token, chaos=chaos, ready=options.ready)
    asyncio.run(_run(relay, options.host, options.port))


async def _run(relay: DemoRelay, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with relay.serve(host, port) as url:
        print(f"Simulated relay at {url}", flush=True)  # noqa: T201  # this is the command's output
        await stop.wait()


def _file(
    prompt: str, width: int, height: int, seed: int, reference: bytes | None, png: bool, huge: bool
) -> bytes:
    image = paint(prompt, width=width, height=height, seed=seed, reference=reference)
    if huge:
        # Grain that no PNG encoder can squeeze: about 2 bytes a pixel stay.
        noise = pyvips.Image.gaussnoise(width, height, sigma=14, mean=0, seed=seed)
        image = (image + noise).cast("uchar").copy(interpretation="srgb")
    return encode(image, "png" if png else "jpeg")


def _fail(fault: Fault) -> web.Response:
    kind: Literal["text/html", "application/json"] = "text/html" if fault.html else "application/json"
    return web.Response(
        status=fault.status, text=fault.body, content_type=kind, charset="utf-8", headers=fault.headers
    )


async def _stream(request: web.Request, file: bytes, kind: str, *, cut: bool) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # who has the picture, or waited long enough, hangs up
        for i, piece in enumerate(_pieces(file, kind)):
            if cut and i == 2 and request.transport:
                request.transport.close()
                return response
            await response.write(piece)
        await response.write_eof()
    return response


def _pieces(file: bytes, kind: str) -> Iterator[bytes]:
    """Write the reply piece by piece; the picture comes twice, as in the real one."""
    yield b'{"image": {"base64": "'
    yield from _base64(file)
    yield f'", "mimeType": "{kind}", "dataUrl": "data:{kind};base64,'.encode()
    yield from _base64(file)
    yield b'"}, "description": null}'


def _base64(file: bytes) -> Iterator[bytes]:
    for start in range(0, len(file), CHUNK):
        yield pybase64.b64encode(file[start : start + CHUNK])
