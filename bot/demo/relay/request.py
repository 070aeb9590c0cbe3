"""Request parsing and refusals of the simulated relay."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from bot.demo.relay.faults import ark_error
from bot.domain.models import PIXELS, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateRequest:
    """A valid request body."""

    prompt: str
    size: Size
    width: int
    height: int
    references: tuple[str | bytes, ...] = ()
    """Addresses, or the pictures themselves where these travel within the call."""


class Refusal(Exception):
    """An error response."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(body)
        self.status = status
        self.body = body

    def answer(self) -> web.Response:
        """Return the HTTP response."""
        return web.Response(status=self.status, text=self.body, content_type="application/json")


async def parse_body(request: web.Request) -> dict[str, object]:
    """Return the JSON object in a call's body; raises Refusal."""
    try:
        body: object = await request.json()
    except ValueError as error:
        raise Refusal(400, json.dumps({"error": "Invalid JSON body"})) from error
    if not isinstance(body, dict):
        raise Refusal(400, json.dumps({"error": "Invalid JSON body"}))
    return cast(dict[str, object], body)


def parse_request(body: dict[str, object]) -> GenerateRequest:
    """Validate a body; raises Refusal."""
    prompt, image = body.get("prompt"), body.get("image")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refusal(400, json.dumps({"error": "Missing required field: prompt"}))
    if image is not None and not isinstance(image, str):
        raise Refusal(400, ark_error("InvalidParameter", "invalid url specified", "image"))
    size, ratio = body.get("size", "2K"), body.get("aspectRatio", "1:1")
    if size not in list(PIXELS):
        raise Refusal(400, ark_error("InvalidParameter", "The specified size is not supported", "size"))
    if ratio not in list(PIXELS[size]):
        message = "The aspect ratio must be between 1/16 and 16"
        raise Refusal(400, ark_error("InvalidParameter", message, "aspectRatio"))
    width, height = PIXELS[size][ratio]
    references = () if image is None else (image,)
    return GenerateRequest(prompt=prompt, size=size, width=width, height=height, references=references)
