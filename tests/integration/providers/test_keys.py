"""A service that repeats the key it was called with: no error and no log line shows it."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web

from bot.domain.errors import BotError
from bot.domain.models import ImageRequest
from tests.support.relay.services import SERVICES, Service, open_service

ASK = ImageRequest(prompt="a fox", ratio="16:9", size="2K", model="one")
Echo = Callable[[str], str]
ECHOES: dict[str, Echo] = {
    "in plain text": lambda key: f"Incorrect API key provided: {key}.",
    "in a message": lambda key: json.dumps({"error": {"message": f"Bearer {key} is expired", "code": key}}),
    "in JSON inside a text": lambda key: json.dumps(
        {"error": "Request failed", "message": json.dumps({"error": {"message": f"bad key {key}"}})}
    ),
    "in a page": lambda key: f"<html><body><h1>401</h1><p>Authorization: Bearer {key}</p></body></html>",
    "in an address": lambda key: json.dumps({"error": {"message": f"GET /v1?api_key={quote(key)} failed"}}),
    "its beginning": lambda key: json.dumps({"error": {"message": f"bad key {key[: len(key) * 3 // 4]}..."}}),
    "at the end of what is kept": lambda key: "x" * (8_000 - len(key) // 2) + key,
}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.provider)
@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
@pytest.mark.parametrize("status", [200, 400, 401, 500])
async def test_no_error_and_no_log_line_shows_the_key(
    service: Service, echo: Echo, status: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys: list[str] = []

    async def repeat(request: web.Request) -> web.Response:
        keys.append(request.headers["Authorization"].removeprefix("Bearer "))
        return web.Response(status=status, text=echo(keys[-1]))

    caplog.set_level(logging.DEBUG)
    async with open_service(service, repeat) as (_, client):
        with pytest.raises(BotError) as caught:
            await client.generate(ASK, tmp_path)
    error = caught.value
    written = [caplog.text, str(error), repr(error), error.detail, repr(error.facts)]
    written += traceback.format_exception(error)
    for key in keys:
        assert len(key) > 4
        for text in written:
            assert key not in text
            assert key[: len(key) // 2] not in text, "a part of it that a limit of length left"
