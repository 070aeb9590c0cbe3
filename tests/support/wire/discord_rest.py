"""The REST half of the simulated Discord: strict, and able to fail, to hang and to hang up when asked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
When = Callable[["Call"], bool]


@dataclass(slots=True)
class Call:
    """A request that came in; ``status`` is how it was answered, 0 while it isn't."""

    method: str
    path: str
    payload: Any = None
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    status: int = 0
    code: int = 0


CALL = web.RequestKey("call", Call)


class Refusal(Exception):
    """An answer that isn't a success; ``code`` is Discord's own."""

    def __init__(self, status: int, code: int = 0, message: str = "refused") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is to happen to the next ``times`` calls that match."""

    method: str
    path: str
    when: When | None
    times: int

    def takes(self, call: Call) -> bool:
        """Whether this call is one of them; counts it."""
        fits = self.method == call.method and re.search(self.path, call.path) is not None
        if not self.times or not fits or (self.when is not None and not self.when(call)):
            return False
        self.times -= 1
        return True


@dataclass(slots=True, kw_only=True)
class Fault(Plan):
    """A refusal, or with status 0 a connection that is reset, with status 1 one that is closed."""

    status: int
    code: int


@dataclass(slots=True, kw_only=True)
class Hold(Plan):
    """A call that is held before or after its work is done, until it is released."""

    moment: Literal["before", "after"]
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False

    async def wait(self, patience: float = 15) -> None:
        """Wait until the call is here."""
        await asyncio.wait_for(self.arrived.wait(), patience)

    def release(self) -> None:
        """Let the call go on."""
        self.released.set()

    def drop(self) -> None:
        """Forget the call, as if it had never come."""
        self.dropped = True
        self.released.set()

    async def keep(self) -> None:
        """Keep the call."""
        self.arrived.set()
        await self.released.wait()


class Desk:
    """Reads every request, applies what is planned, and writes down what came of it."""

    def __init__(self, *, notify: Callable[[], None], complain: Callable[[str], None]) -> None:
        self._notify = notify
        self._complain = complain
        self.calls: list[Call] = []
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
        except Refusal as refusal:
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
            raise Refusal(plan.status, plan.code)
        if isinstance(plan, Fault) and request.transport is not None:
            hang_up = request.transport.close if plan.status else request.transport.abort
            hang_up()
            return web.Response(status=499)
        if isinstance(plan, Hold) and plan.moment == "before":
            await plan.keep()
            if plan.dropped:
                return web.Response(status=499)
        return await handler(request)


def reply(body: object, status: int = 200) -> web.Response:
    """Answer in JSON, named as Discord names it: with no charset."""
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


async def _read(request: web.Request) -> Call:
    call = Call(request.method, request.path)
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
