"""Replies of the simulated services, in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pybase64

_CHUNK = 3 * 64 * 1024
"""Bytes of picture per piece of the reply; a multiple of three, so base64 needs no padding inside."""

Reply = Callable[[bytes, str], Iterator[bytes]]
"""Yields the reply that holds a picture of a media type."""


def relay_reply(file: bytes, kind: str) -> Iterator[bytes]:
    """Yield the relay's reply; the picture is in it twice, as in the real one."""
    yield b'{"image": {"base64": "'
    yield from _base64(file)
    yield f'", "mimeType": "{kind}", "dataUrl": "data:{kind};base64,'.encode()
    yield from _base64(file)
    yield b'"}, "description": null}'


def images_reply(file: bytes, kind: str) -> Iterator[bytes]:
    """Yield a reply in OpenAI's shape."""
    yield b'{"created": 1, "data": [{"b64_json": "'
    yield from _base64(file)
    yield f'", "media_type": "{kind}"}}], "usage": {{"generated_images": 1}}}}'.encode()


def _base64(file: bytes) -> Iterator[bytes]:
    for start in range(0, len(file), _CHUNK):
        yield pybase64.b64encode(file[start : start + _CHUNK])
