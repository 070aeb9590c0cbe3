"""Control over the relay of a simulated bot: its calls are recorded, held and refused."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.demo.page.open_calls import OpenCalls
from bot.domain.models import ImageRequest, Picture
from bot.domain.ports import Relay


class RelayControl:
    """Records the calls of the relay, can hold them behind a gate, and can refuse them."""

    def __init__(self, *, hold: bool) -> None:
        self.env: Any = None
        self.hold = hold
        self.gate = asyncio.Event()
        self.open_calls = OpenCalls()
        self.requests: list[dict[str, Any]] = []
        self.refusal: web.Response | None = None
        self.refuse_pictures = False
        self.refused_model: str | None = None

    def refuse_model(self, model: str) -> None:
        """Refuse the prompts of this model's calls."""
        self.refused_model = model

    def reset(self, *, hold: bool) -> None:
        """Forget what an earlier test did; ``hold`` keeps calls waiting behind the gate."""
        self.gate.set()
        self.hold, self.gate = hold, asyncio.Event()
        self.requests.clear()
        self.refusal = None
        self.refuse_pictures = False
        self.refused_model = None

    async def fetch(self, url: str) -> bytes:
        """Return a file of the simulated CDN."""
        return self.env.backend.cdn.get(url)

    @web.middleware
    async def record(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Record a call, and answer with the refusal where one is set."""
        if request.content_type == "application/json":
            self.requests.append(json.loads(await request.text()))
        if self.refuse_pictures and self.requests and "image" in self.requests[-1]:
            return web.json_response(
                {"error": {"code": "InputImageSensitiveContentDetected", "message": "…"}}, status=400
            )
        if self.refused_model is not None and self.requests[-1].get("model") == self.refused_model:
            return web.json_response(
                {"error": {"code": "InputTextSensitiveContentDetected", "message": "…"}}, status=400
            )
        if self.refusal is not None:
            return web.Response(status=self.refusal.status, headers=self.refusal.headers)
        return await handler(request)


class GatedRelay:
    """A relay whose calls can be held outside the simulation's clock until the gate is open."""

    def __init__(self, control: RelayControl, relay: Relay) -> None:
        self._control = control
        self._relay = relay

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate once the gate is open."""
        if not self._control.hold:
            return await self._relay.generate(request, into)
        gate = self._control.gate

        async def generate() -> Picture:
            await gate.wait()
            return await self._relay.generate(request, into)

        with self._control.open_calls.count():
            return await self._control.env.external_wait(generate(), reason="the relay draws")
