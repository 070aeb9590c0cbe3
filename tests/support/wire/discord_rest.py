"""The REST half of the simulated Discord: strict, with planned failures, delays and disconnects."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
When = Callable[["RestCall"], bool]


@dataclass(slots=True)
class RestCall:
    """A received request; ``status`` is that of the response, 0 until there is one."""

    method: str
    path: str
    payload: Any = None
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    status: int = 0
    code: int = 0


CALL = web.RequestKey("call", RestCall)


class RestError(Exception):
    """An error response; ``code`` is Discord's error code."""

    def __init__(self, status: int, code: int = 0, message: str = "refused") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(slots=True, kw_only=True)
class Plan:
    """What happens to the next ``times`` calls that match."""

    method: str
    path: str
    when: When | None
    times: int

    def takes(self, call: RestCall) -> bool:
        """Whether this call matches; counts it."""
        fits = self.method == call.method and re.search(self.path, call.path) is not None
        if not self.times or not fits or (self.when is not None and not self.when(call)):
            return False
        self.times -= 1
        return True


@dataclass(slots=True, kw_only=True)
class Fault(Plan):
    """An error response; status 0 resets the connection, status 1 closes it."""

    status: int
    code: int


@dataclass(slots=True, kw_only=True)
class LostAnswer(Plan):
    """A call that is processed, whose connection is reset instead of answering it."""


@dataclass(slots=True, kw_only=True)
class Hold(Plan):
    """A call that is held before or after it is processed, until it is released."""

    moment: Literal["before", "after"]
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False

    async def wait(self, seconds: float = 15) -> None:
        """Wait until the call has arrived."""
        await asyncio.wait_for(self.arrived.wait(), seconds)

    def release(self) -> None:
        """Let the call continue."""
        self.released.set()

    def drop(self) -> None:
        """Discard the call without processing it."""
        self.dropped = True
        self.released.set()

    async def keep(self) -> None:
        """Hold the call until it is released."""
        self.arrived.set()
        await self.released.wait()


class RestInterceptor:
    """Middleware that records every call and applies the planned faults."""

    def __init__(self, *, notify: Callable[[], None], report: Callable[[str], None]) -> None:
        self._notify = notify
        self._complain = report
        self.calls: list[RestCall] = []
        self.plans: list[Plan] = []

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request."""
        if request.path == "/gateway":
            return await handler(request)
        call = await _read(request)
        request[CALL] = call
        self.calls.append(call)
        plan = next((plan for plan in self.plans if plan.takes(call)), None)
        try:
            response = await self._answer(request, handler, plan)
        except RestError as refusal:
            call.code = refusal.code
            body = {"code": refusal.code, "message": refusal.message}
            response = reply(body, refusal.status)
        except web.HTTPNotFound:
            self._complain(f"there is no {call.method} {call.path}")
            response = reply({"code": 0, "message": "404: Not Found"}, 404)
        except Exception as error:
            self._complain(f"{call.method} {call.path} can't be understood: {error!r}")
            raise
        call.status = response.status
        self._notify()
        if isinstance(plan, Hold) and plan.moment == "after":
            await plan.keep()
        return response

    async def _answer(self, request: web.Request, handler: Handler, plan: Plan | None) -> web.StreamResponse:
        if isinstance(plan, Fault) and plan.status > 1:
            raise RestError(plan.status, plan.code)
        if isinstance(plan, Fault) and request.transport is not None:
            hang_up = request.transport.close if plan.status else request.transport.abort
            hang_up()
            return web.Response(status=499)
        if isinstance(plan, Hold) and plan.moment == "before":
            await plan.keep()
            if plan.dropped:
                return web.Response(status=499)
        response = await handler(request)
        if isinstance(plan, LostAnswer) and request.transport is not None:
            request.transport.abort()
        return response


def reply(body: object, status: int = 200) -> web.Response:
    """Return a JSON response with Discord's content type, which has no charset."""
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


async def _read(request: web.Request) -> RestCall:
    call = RestCall(request.method, request.path)
    if request.content_type == "application/json":
        call.payload = await request.json()
    elif request.content_type == "multipart/form-data":
        fields = await request.post()
        call.payload = json.loads(cast("str", fields["payload_json"]))
        for name, value in fields.items():
            if isinstance(value, web.FileField):
                assert re.fullmatch(r"files\[\d+\]", name), name
                call.files[value.filename] = value.file.read()
    return call
