"""What the simulated relay is asked, and how it refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from bot.demo.relay.faults import ark
from bot.domain.models import PIXELS, Ratio, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request body that holds what it must."""

    prompt: str
    size: Size
    ratio: Ratio
    image: str | None


class Refused(Exception):
    """An answer that isn't a picture."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(body)
        self.status = status
        self.body = body

    def answer(self) -> web.Response:
        """Return it as it is sent."""
        return web.Response(status=self.status, text=self.body, content_type="application/json")


async def read_body(request: web.Request) -> dict[str, object]:
    """Return the body of a call, or refuse it."""
    try:
        body: object = await request.json()
    except ValueError as error:
        raise Refused(400, json.dumps({"error": "Invalid JSON body"})) from error
    if not isinstance(body, dict):
        raise Refused(400, json.dumps({"error": "Invalid JSON body"}))
    return cast(dict[str, object], body)


def read_asked(body: dict[str, object]) -> Asked:
    """Return what a body asks for, or refuse it."""
    prompt, image = body.get("prompt"), body.get("image")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refused(400, json.dumps({"error": "Missing required field: prompt"}))
    if image is not None and not isinstance(image, str):
        raise Refused(400, ark("InvalidParameter", "invalid url specified", "image"))
    size, ratio = body.get("size", "2K"), body.get("aspectRatio", "1:1")
    if size not in list(PIXELS):
        raise Refused(400, ark("InvalidParameter", "The specified size is not supported", "size"))
    if ratio not in list(PIXELS[size]):
        message = "The aspect ratio must be between 1/16 and 16"
        raise Refused(400, ark("InvalidParameter", message, "aspectRatio"))
    return Asked(prompt=prompt, size=size, ratio=ratio, image=image)
