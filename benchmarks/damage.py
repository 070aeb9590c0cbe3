"""Count the damaged pictures that the check finds, beside a complete decode and a strict one at 1/8 size.

Every row damages one picture in 20 ways, always the same ones. Exit code 1: the check finds less than a
complete decode, other than in the one row that is left open: rows missing from a large PNG in several chunks.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import struct
import sys
import tempfile
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyvips

from benchmarks.pictures import SEED, photo
from bot.domain.errors import BadReply
from bot.pictures.checks.verify import Verifier

TIMES = 20
BLOCK = 4096
CHUNK = 48 * 1024

Damage = Callable[[bytes, random.Random], bytes]
Find = Callable[[Path, bytes], Awaitable[bool]]
"""Whether a file with these bytes is recognized as damaged."""


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Count the damaged pictures that the check finds.")
    parser.add_argument("--side", type=int, default=1024, help="width of the pictures in pixels")
    options = parser.parse_args()
    return asyncio.run(report(options.side))


async def report(side: int) -> int:
    print(f"Pictures of {side}x{side * 3 // 4} pixels, each damaged in {TIMES} ways: how many are found\n")
    print(f"{'':44}{'full decode':>14}{'strict 1/8':>14}{'this bot':>14}")
    passed = True
    with closing(Verifier(max_pixels=36_000_000)) as verifier, tempfile.TemporaryDirectory() as folder:
        for name, picture, damages in pictures(side):
            for way, damage in damages.items():
                finds = (decodes_badly, decodes_strictly_badly, refused_by(verifier))
                full, strict, ours = [await count(find, picture, damage, Path(folder)) for find in finds]
                passed = passed and (ours >= full or damage is short_of_rows_in_chunks)
                print(f"{f'{name}, {len(picture) / 1e6:.1f} MB: {way}':44}{full:>14}{strict:>14}{ours:>14}")
    return 0 if passed else 1


async def count(find: Find, picture: bytes, damage: Damage, folder: Path) -> int:
    generator, path, found = random.Random(SEED), folder / "picture", 0  # noqa: S311  # no secret
    for _ in range(TIMES):
        damaged = damage(picture, generator)
        path.write_bytes(damaged)
        found += await find(path, damaged)
    return found


def pictures(side: int) -> Iterator[tuple[str, bytes, dict[str, Damage]]]:
    """Yield the name and bytes of each picture, and the ways to damage it."""
    image = photo(side, side * 3 // 4, 6).copy_memory()
    damages: dict[str, Damage] = {"cut": cut, "one bit flipped": flip, "4 KiB of zeros": zeros}
    yield "JPEG", image.jpegsave_buffer(Q=88), damages
    yield "progressive JPEG", image.jpegsave_buffer(Q=88, interlace=True), damages
    ends = {"whole chunks, stream cut": short_of_chunks, "whole chunks, rows missing": short_of_rows}
    yield "PNG", image.pngsave_buffer(), damages | ends
    large = photo(side * 2, side * 3 // 2, 6)
    yield "large PNG", large.pngsave_buffer(), {"whole chunks, rows missing": short_of_rows_in_chunks}
    yield "WebP", image.webpsave_buffer(Q=88), damages
    yield "lossless WebP", image.webpsave_buffer(lossless=True, effort=0), damages
    yield "GIF", image.gifsave_buffer(effort=1), damages


# Ways to damage a picture.


def cut(picture: bytes, generator: random.Random) -> bytes:
    return picture[: generator.randrange(len(picture) // 50, len(picture) - 2)]


def flip(picture: bytes, generator: random.Random) -> bytes:
    at = generator.randrange(len(picture) // 50, len(picture) - 2)
    return picture[:at] + bytes([picture[at] ^ 1 << generator.randrange(8)]) + picture[at + 1 :]


def zeros(picture: bytes, generator: random.Random) -> bytes:
    at = generator.randrange(len(picture) // 50 // BLOCK + 1, len(picture) // BLOCK - 1) * BLOCK
    return picture[:at] + bytes(BLOCK) + picture[at + BLOCK :]


def short_of_chunks(picture: bytes, generator: random.Random) -> bytes:
    """Drop IDAT chunks from the end."""
    chunks = list(chunks_of(picture))
    data = [number for number, (kind, _) in enumerate(chunks) if kind == b"IDAT"]
    dropped = set(data[-generator.randrange(1, max(2, len(data) // 2)) :])
    return png(chunk for number, chunk in enumerate(chunks) if number not in dropped)


def short_of_rows(picture: bytes, generator: random.Random) -> bytes:
    """Compress fewer rows than the header promises, in one chunk."""
    header, data = compressed_short(picture, generator)
    return png([header, (b"IDAT", data), (b"IEND", b"")])


def short_of_rows_in_chunks(picture: bytes, generator: random.Random) -> bytes:
    """Compress fewer rows than the header promises, in chunks as encoders write them."""
    header, data = compressed_short(picture, generator)
    parts = [(b"IDAT", data[at : at + CHUNK]) for at in range(0, len(data), CHUNK)]
    return png([header, *parts, (b"IEND", b"")])


def compressed_short(picture: bytes, generator: random.Random) -> tuple[tuple[bytes, bytes], bytes]:
    """Return the header and the compressed data of fewer rows than it promises."""
    header, *chunks = chunks_of(picture)
    rows = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    row = 1 + 3 * struct.unpack_from(">I", header[1])[0]
    kept = rows[: row * generator.randrange(len(rows) // row // 2, len(rows) // row)]
    return header, zlib.compress(kept, 1)


def chunks_of(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, at)
        yield kind, picture[at + 8 : at + 8 + length]
        at += 12 + length


def png(chunks: Iterator[tuple[bytes, bytes]] | list[tuple[bytes, bytes]]) -> bytes:
    framed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


# Ways to look at it.


async def decodes_badly(path: Path, _: bytes) -> bool:
    return _fails(path, "error")


async def decodes_strictly_badly(path: Path, data: bytes) -> bool:
    return _fails(path, "warning", shrink=8 if data.startswith(b"\xff\xd8") else 1)


def _fails(path: Path, level: str, shrink: int = 1) -> bool:
    options: dict[str, Any] = {"shrink": shrink} if shrink > 1 else {}
    options |= {"access": "sequential", "fail_on": level, "revalidate": True}
    try:
        image = pyvips.Image.new_from_file(str(path), **options)
        image.extract_area(0, image.height - 1, image.width, 1).avg()
    except pyvips.Error:
        return True
    return False


def refused_by(verifier: Verifier) -> Find:
    async def refused(path: Path, data: bytes) -> bool:
        check = verifier.start_check()
        try:
            for at in range(0, len(data), CHUNK):
                check.feed(data[at : at + CHUNK])
            await check.finish(path)
        except BadReply:
            return True
        return False

    return refused


if __name__ == "__main__":
    sys.exit(main())
