"""The relay's replies, received, decoded and checked, and its error bodies."""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks.hostile.cases import MB, Cases, in_loop, refused
from benchmarks.hostile.files import JPEG_FILLS
from benchmarks.pictures import photo
from bot.app.relay import MAX_PIXELS
from bot.domain.request_rules import PROMPT_LIMIT
from bot.pictures.checks.verify import Verifier
from bot.providers.errors.error_response import ErrorResponse
from bot.providers.wire.reply import receive_picture

REPLY_BYTES = 8 * MB
ERROR_BODY = 64 * 1024

SMALL_JPEG = photo(64, 64, 6).jpegsave_buffer()
SMALL_PNG = photo(64, 64, 6).pngsave_buffer()


PICTURE_TEXT = b'{"image":{"base64":"%s"}}'
JSON_FILLS = {
    "keys": b'"a":1,',
    "brackets": b"[",
    "quotes": b'"',
    "backslashes": b"\\",
    "strings": b'"a",',
    "rejected pictures": b'"base64":"!",',
}


def replies() -> Cases:
    for name, picture in (hostile_pictures() | hostile_scans()).items():
        yield name, partial(receive, PICTURE_TEXT % base64.b64encode(picture))
    for name, text in hostile_base64().items():
        yield name, partial(receive, PICTURE_TEXT % text)
    for opening in (b"{", b'{"image":{'):
        for name, fill in JSON_FILLS.items():
            body = opening + fill * (REPLY_BYTES // len(fill))
            yield f"{opening.decode()} {name}", partial(receive, body)


def hostile_pictures() -> dict[str, bytes]:
    return {f"JPEG of {name}": filled(b"\xff\xd8", fill) for name, fill in JPEG_FILLS.items()} | {
        "PNG of empty parts": filled(SMALL_PNG[:33], b"\0\0\0\0teXt\x8e\x31\x15\x72"),
        "PNG in one part": photo(4096, 4096, 20).pngsave_buffer(compression=1),
    }


def hostile_scans() -> dict[str, bytes]:
    scan = SMALL_JPEG[:-2]
    return {f"{name} after a scan": filled(scan, fill) for name, fill in JPEG_FILLS.items()} | {
        "JPEG of stuffed bytes": filled(scan, b"\xff\0"),
        "JPEG of restarts": filled(scan, b"\xff\xd0"),
        "progressive JPEG with a lost block": lost_block(),
    }


def filled(head: bytes, fill: bytes) -> bytes:
    return head + fill * (REPLY_BYTES * 3 // 4 // len(fill))


def hostile_base64() -> dict[str, bytes]:
    text = base64.b64encode(SMALL_PNG * (REPLY_BYTES // 8 // len(SMALL_PNG)))
    return {
        "base64 of escaped lines": b"\\n".join(text[at : at + 4] for at in range(0, len(text), 4)),
        "base64 of escapes": b"".join(b"\\u%04x" % each for each in text),
    }


def lost_block() -> bytes:
    whole = photo(4096, 4096, 20).jpegsave_buffer(Q=97, interlace=True)
    middle = len(whole) // 2
    return whole[:middle] + bytes(4096) + whole[middle + 4096 :]


async def receive(body: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 65_536):
            yield body[at : at + 65_536]
            await asyncio.sleep(0)

    with tempfile.TemporaryDirectory() as folder, closing(Verifier(max_pixels=MAX_PIXELS)) as verifier:
        file, check = Path(folder) / "picture", verifier.start_check()
        with_picture = partial(receive_picture, chunks(), file, limit=64 * MB, check=check)
        if await refused(with_picture()) is None:
            await refused(check.finish(file))


def error_bodies() -> Cases:
    bodies = {
        "backslashes": "{" + "\\" * ERROR_BODY,
        "quotes": '"' * ERROR_BODY,
        "brackets": "[" * ERROR_BODY,
        "tags": "<" * ERROR_BODY,
        "entities": "<p>" + "&a" * ERROR_BODY,
        "codes": "Aa" * ERROR_BODY,
        "words": "error code " * ERROR_BODY,
        "nested JSON": nested(12),
        "many messages": json.dumps([{"message": f"error {n}", "code": f"C{n}"} for n in range(2_000)]),
        "prompt repeated": json.dumps({"message": "a " * ERROR_BODY}),
    }
    for name, body in bodies.items():
        for status in (200, 400, 500):
            response = ErrorResponse(status, body[:ERROR_BODY], "1" * 4_000, "token")
            yield (
                f"{name}, HTTP {status}",
                partial(in_loop, partial(response.to_error, "a " * (PROMPT_LIMIT // 2))),
            )


def nested(depth: int) -> str:
    text = "flagged"
    for _ in range(depth):
        text = json.dumps({"error": {"message": text}})
    return text
