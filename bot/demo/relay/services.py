"""The other providers' protocols: the relay's second endpoint, Ark, OpenAI's images, and OpenRouter."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web

from bot.demo.relay.faults import ark_error
from bot.demo.relay.replies import Reply, images_reply, relay_reply
from bot.demo.relay.request import GenerateRequest, Refusal, parse_body
from bot.domain.models import PIXELS, Size

References = tuple[str | bytes, ...]
"""As in ``GenerateRequest``."""
_UPSTREAM = re.compile(r"Jimeng API error \(\d+\): (\{.*\})", re.DOTALL)
_OPENROUTER_FIELDS = frozenset(
    {"model", "prompt", "aspect_ratio", "resolution", "input_references", "n", "quality", "output_format"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A provider's protocol: ``parse`` reads a call, ``reply`` a picture's reply, ``error`` an error's body.

    ``error`` takes the relay's body of the same error.
    """

    paths: tuple[str, ...]
    parse: Callable[[web.Request], Awaitable[GenerateRequest]]
    reply: Reply
    error: Callable[[str], str]


async def _relay_images(request: web.Request) -> GenerateRequest:
    body = await parse_body(request)
    provider, image = body.get("provider", "gemini"), body.get("image")
    if provider not in ("gemini", "gpt"):
        raise Refusal(400, json.dumps({"error": "Unknown provider"}))
    references = () if image is None else (_decoded(image),)
    if provider == "gpt":
        return _of_pixels(body, body.get("size", "1024x1024"), references)
    return _of_tier(body, body.get("imageSize", "1K"), body.get("aspectRatio", "1:1"), references)


async def _ark(request: web.Request) -> GenerateRequest:
    body = await parse_body(request)
    _require_model(body)
    given, size = body.get("image"), body.get("size", "2K")
    listed = cast("list[object]", given) if isinstance(given, list) else [given]
    references = _references(each for each in listed if each is not None)
    if size in list(PIXELS):
        return _of_tier(body, size, "1:1", references)
    return _of_pixels(body, size, references)


async def _openai(request: web.Request) -> GenerateRequest:
    if request.content_type == "application/json":
        body = await parse_body(request)
        _require_model(body)
        return _of_pixels(body, body.get("size", "1024x1024"))
    post = await request.post()
    form = dict(post)
    _require_model(form)
    images = [*post.getall("image", []), *post.getall("image[]", [])]
    files = [image.file.read() for image in images if isinstance(image, web.FileField)]
    if not files:
        raise Refusal(400, ark_error("MissingParameter", "image is required", "image"))
    return _of_pixels(form, form.get("size", "1024x1024"), tuple(files))


async def _openrouter(request: web.Request) -> GenerateRequest:
    body = await parse_body(request)
    _require_model(body)
    if unknown := sorted(set(body) - _OPENROUTER_FIELDS):
        raise Refusal(400, ark_error("InvalidParameter", f"unknown field {unknown[0]}", unknown[0]))
    given = cast("list[Any]", body.get("input_references") or [])
    references = _references(each["image_url"]["url"] for each in given)
    ratio = body.get("aspect_ratio", "1:1")
    return _of_tier(body, body.get("resolution", "2K"), ratio, references)


def _of_tier(
    body: dict[str, Any], size: object, ratio: object, references: References = ()
) -> GenerateRequest:
    if size not in list(PIXELS) or ratio not in list(PIXELS["2K"]):
        raise Refusal(400, ark_error("InvalidParameter", "The specified size is not supported", "size"))
    width, height = PIXELS[size][ratio]
    return _request(body, width, height, references)


def _of_pixels(body: dict[str, Any], size: object, references: References = ()) -> GenerateRequest:
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", size) if isinstance(size, str) else None
    if found is None:
        raise Refusal(400, ark_error("InvalidParameter", "The specified size is not supported", "size"))
    return _request(body, int(found[1]), int(found[2]), references)


def _request(body: dict[str, Any], width: int, height: int, references: References) -> GenerateRequest:
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refusal(400, ark_error("MissingParameter", "prompt is required", "prompt"))
    size: Size = "1K" if width * height < 2_500_000 else "2K" if width * height < 9_000_000 else "4K"
    return GenerateRequest(prompt=prompt, size=size, width=width, height=height, references=references)


def _require_model(body: dict[str, Any]) -> None:
    if not isinstance(body.get("model"), str):
        raise Refusal(400, ark_error("MissingParameter", "model is required", "model"))


def _references(given: Iterable[object]) -> References:
    return tuple(_reference(each) for each in given)


def _reference(given: object) -> str | bytes:
    """Return a reference's address, or its bytes from a data URL."""
    if not isinstance(given, str):
        raise Refusal(400, ark_error("InvalidParameter", "invalid url specified", "image"))
    if given.startswith("data:"):
        return _decoded(given.partition(",")[2])
    return given


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(cast("str", text), validate=True)
    except (ValueError, TypeError):
        raise Refusal(
            400, ark_error("InvalidParameter", "The image format is not supported", "image")
        ) from None


def _upstream_error(body: str) -> str:
    """Return the model's own error, without the relay's around it."""
    try:
        message: object = json.loads(body).get("message", "")
    except (ValueError, AttributeError):
        return body
    found = _UPSTREAM.fullmatch(message) if isinstance(message, str) else None
    return found[1] if found else json.dumps({"error": {"code": "", "message": message or body}})


_OPENAI_CODES = (
    ("Sensitive", "moderation_blocked"),
    ("RateLimit", "rate_limit_exceeded"),
    ("Overdue", "billing_hard_limit_reached"),
)


def _openai_error(body: str) -> str:
    """Return an error with OpenAI's codes."""
    inner = _upstream_error(body)
    try:
        error = cast("dict[str, Any]", json.loads(inner)["error"])
    except (ValueError, LookupError, TypeError):
        return inner
    code = str(error.get("code", ""))
    ours = next((known for part, known in _OPENAI_CODES if part in code), code)
    return json.dumps({"error": {**error, "code": ours, "type": "image_generation_user_error"}})


SERVICES = (
    Service(paths=("/api/data/images/generate",), parse=_relay_images, reply=relay_reply, error=str),
    Service(paths=("/api/v3/images/generations",), parse=_ark, reply=images_reply, error=_upstream_error),
    Service(
        paths=("/images/generations", "/images/edits"),
        parse=_openai,
        reply=images_reply,
        error=_openai_error,
    ),
    Service(paths=("/api/v1/images",), parse=_openrouter, reply=images_reply, error=_upstream_error),
)
