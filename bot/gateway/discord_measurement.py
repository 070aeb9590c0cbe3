"""Measures requests to Discord: duration, status, and the age of an interaction when it is acknowledged."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord

from bot.domain.ports import Clock
from bot.telemetry.recent_times import RecentTimes
from bot.telemetry.recorder import Recorder

_CALLBACK = re.compile(r"/interactions/(\d+)/[^/]+/callback$")
_ROUTES = (
    ("acknowledgement", _CALLBACK),
    ("answer", re.compile(r"/webhooks/\d+/")),
    ("message", re.compile(r"/channels/\d+/messages")),
    ("channel", re.compile(r"/channels/\d+")),
    ("member", re.compile(r"/(?:guilds|users)/")),
    ("file", re.compile(r"^/(?:attachments|ephemeral-attachments)/")),
    ("gateway", re.compile(r"/gateway|^/?$")),
    ("application", re.compile(r"/applications/")),
)


def measure_requests(recorder: Recorder, acknowledgements: RecentTimes, clock: Clock) -> aiohttp.TraceConfig:
    """Return what makes an HTTP session report its requests to ``recorder``, and keep acknowledgements."""
    trace = aiohttp.TraceConfig()

    async def start(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
        context.began = time.monotonic()

    async def end(
        _: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestEndParams
    ) -> None:
        path, status = request.url.path, request.response.status
        recorder.requested(route_of(path), str(status), time.monotonic() - context.began)
        if status < 300 and (found := _CALLBACK.search(path)):
            made_at = discord.utils.snowflake_time(int(found[1])).timestamp()
            age = max(0.0, clock() - made_at)
            recorder.acknowledged(age)
            acknowledgements.add(age)

    async def fail(
        _: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestExceptionParams
    ) -> None:
        recorder.requested(route_of(request.url.path), "failed", time.monotonic() - context.began)

    trace.on_request_start.append(start)
    trace.on_request_end.append(end)
    trace.on_request_exception.append(fail)
    return trace


def route_of(path: str) -> str:
    """Return the kind of a request, one of a few whatever its ids."""
    return next((name for name, pattern in _ROUTES if pattern.search(path)), "other")
