"""Calls of the simulated relay, as its clients make them."""

from __future__ import annotations

import json

import aiohttp
import pybase64
import pyvips

from bot.demo.relay.server import PATH
from bot.domain.errors import ReferenceUnusable
from tests.support.photos import photo

AUTH = {"Authorization": "Bearer any"}
REFERENCE = "https://pictures.example/one.jpg"
PHOTO = photo(256, 256)


async def fetch_photo(url: str) -> bytes:
    if url.endswith("/text"):
        return b"no picture"
    if url.endswith("/guarded"):
        raise ReferenceUnusable("unreachable")
    if url == REFERENCE:
        return PHOTO
    raise ValueError("unknown")


async def ask(
    session: aiohttp.ClientSession,
    url: str,
    prompt: str = "a boat",
    headers: dict[str, str] = AUTH,
    **more: object,
) -> tuple[int, str, dict[str, str]]:
    body = {"prompt": prompt, "size": "1K", **more}
    async with session.post(url + PATH, json=body, headers=headers) as response:
        return response.status, await response.text(), dict(response.headers)


def decode(body: str) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(file_of(body), "")


def file_of(body: str) -> bytes:
    image = json.loads(body)["image"]
    assert image["dataUrl"] == f"data:{image['mimeType']};base64,{image['base64']}"
    return pybase64.b64decode(image["base64"], validate=True)
