"""Files of a reference's size, behind an address or uploaded, whose header is read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

from benchmarks.hostile.cases import MB, Cases, in_loop, refused
from bot.pictures.sniff import MAX_HEADER_BYTES, HeaderReader, sniff
from bot.sources.guard import Guard

REFERENCE_BYTES = 10 * MB
JPEG_FILLS = {
    "empty segments": b"\xff\xe0\0\x02",
    "fill bytes": b"\xff",
    "bare markers": b"\xff\x01",
    "bytes between markers": b"\0\xff\0",
}


def url_headers() -> Cases:
    for name, body in hostile_files(REFERENCE_BYTES):
        yield name, partial(check_url, body)


async def check_url(body: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        try:
            for at in range(0, len(body), 65_536):
                writer.write(body[at : at + 65_536])
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Guard(sniff=HeaderReader, exceptions={("127.0.0.1", port)}) as guard:
            await refused(guard.check(f"http://127.0.0.1:{port}/picture"))


def uploads() -> Cases:
    """Yield the files that are read again, as a whole, where references are published."""
    for name, body in hostile_files(REFERENCE_BYTES):
        yield name, partial(in_loop, partial(sniff, body[:MAX_HEADER_BYTES]))


def hostile_files(size: int) -> Iterator[tuple[str, bytes]]:
    for name, fill in JPEG_FILLS.items():
        yield f"JPEG of {name}", b"\xff\xd8" + fill * (size // len(fill))
    yield "TIFF of tags", b"II*\0\x08\0\0\0\xff\xff" + bytes(12) * (size // 12)
    yield "SVG without an end", b"<?xml " + b"<" * size
    yield "zeros", bytes(size)
