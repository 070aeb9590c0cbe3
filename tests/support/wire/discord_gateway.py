"""The gateway half of the simulated Discord: sessions, heartbeats, resuming, events."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientConnectionResetError, WSMsgType, web

from tests.support.wire.discord_objects import APPLICATION, BOT, FAR_GUILD, GUILD, guild, user

_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME, _RECONNECT, _INVALID, _HELLO, _ACK = 0, 1, 2, 6, 7, 9, 10, 11
GUILD_MESSAGES = 1 << 9
MESSAGE_CONTENT = 1 << 15
"""The privileged intent."""


@dataclass(slots=True)
class _Session:
    """A resumable session with every event so far."""

    id: str
    shard: int = 0
    shards: int = 1
    intents: int = 0
    began: float = field(default_factory=time.monotonic)
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    connection: _Connection | None = None

    def serves(self, guild_id: int) -> bool:
        """Whether the guild belongs to this session's shard."""
        return (guild_id >> 22) % self.shards == self.shard


class Gateway:
    """Accepts clients with ``token``; ``url`` is where they resume, ``notify`` is called after changes."""

    def __init__(self, token: str, *, notify: Callable[[], None], report: Callable[[str], None]) -> None:
        self._token = token
        self._notify = notify
        self._complain = report
        self._sessions: list[_Session] = []
        self.recommended = 1
        self.concurrency = 1
        self.remaining = 999
        self.reset_after = 1
        self.refusing: int | None = None
        """The code that closes new connections instead of accepting an identify."""
        self.url = ""
        self.content_allowed = False
        self.identified = 0
        self.left_at = 0.0
        self.resumed = 0

    @property
    def connected(self) -> bool:
        """Whether a client is connected."""
        return any(session.connection is not None for session in self._sessions)

    @property
    def about(self) -> dict[str, Any]:
        """The REST API's description of the gateway."""
        limits = {"total": 1000, "remaining": self.remaining, "reset_after": self.reset_after}
        limits["max_concurrency"] = self.concurrency
        return {"url": self.url, "shards": self.recommended, "session_start_limit": limits}

    @property
    def begun(self) -> list[tuple[int, float]]:
        """Shard and start time of each session, in order."""
        return [(session.shard, session.began) for session in self._sessions]

    def listens(self, shard: int) -> bool:
        """Whether a client serves the shard."""
        return any(session.shard == shard and session.connection is not None for session in self._sessions)

    async def dispatch(self, name: str, data: dict[str, Any]) -> None:
        """Send a guild's event to its newest session; while disconnected it waits for a resume."""
        serving = [session for session in self._sessions if session.serves(int(data["guild_id"]))]
        if serving[-1].intents & GUILD_MESSAGES or not name.startswith("MESSAGE_"):
            await self._dispatch(serving[-1], name, data)

    async def dispatch_malformed(self, name: str, data: object) -> None:
        """Send an event to the newest session, whatever it holds."""
        await self._dispatch(self._sessions[-1], name, data)

    async def ask_to_reconnect(self) -> None:
        """Ask the client to reconnect, as Discord does before it moves a connection."""
        connection = self._sessions[-1].connection
        assert connection is not None
        self._sessions[-1].connection = None
        await connection.send({"op": _RECONNECT, "d": None})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one client until it disconnects."""
        if request.query.get("encoding") != "json" or request.query.get("v") != "10":
            self._complain(f"a gateway for {request.query_string}")
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        connection = _Connection(socket, request.query.get("compress"))
        await connection.send({"op": _HELLO, "d": {"heartbeat_interval": 41250}})
        session: _Session | None = None
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                session = await self._receive(connection, session, json.loads(message.data))
        if session is not None and session.connection is connection:
            session.connection = None
        self.left_at = time.monotonic()
        self._notify()
        return socket

    async def _receive(
        self, connection: _Connection, session: _Session | None, said: dict[str, Any]
    ) -> _Session | None:
        data = said.get("d")
        match said["op"]:
            case 1:
                await connection.send({"op": _ACK, "d": None})
            case 2:
                return await self._identify(connection, data or {})
            case 6:
                return await self._resume(connection, data or {})
            case op:
                self._complain(f"gateway operation {op}")
        return session

    async def _identify(self, connection: _Connection, data: dict[str, Any]) -> _Session | None:
        if data["token"] != self._token:
            await connection.close(4004)
            return None
        if data["intents"] & MESSAGE_CONTENT and not self.content_allowed:
            await connection.close(4014)
            return None
        if self.refusing is not None:
            await connection.close(self.refusing)
            return None
        shard, shards = data.get("shard", [0, 1])
        session = _Session(
            f"session-{len(self._sessions)}", shard, shards, data["intents"], connection=connection
        )
        self._sessions.append(session)
        guilds = [each for each in (GUILD, FAR_GUILD) if session.serves(each)]
        ready = {
            "v": 10,
            "user": user(BOT),
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(APPLICATION), "flags": 0},
            "guilds": [{"id": str(each), "unavailable": True} for each in guilds],
            "shard": [shard, shards],
        }
        await self._dispatch(session, "READY", ready)
        for each in guilds:
            await self._dispatch(session, "GUILD_CREATE", guild(each))
        self.identified += 1
        self._notify()
        return session

    async def _resume(self, connection: _Connection, data: dict[str, Any]) -> _Session | None:
        session = next((each for each in self._sessions if each.id == data["session_id"]), None)
        if session is None or data["token"] != self._token:
            await connection.send({"op": _INVALID, "d": False})
            return None
        session.connection = connection
        for event in session.events[data["seq"] :]:
            await connection.send(event)
        await self._dispatch(session, "RESUMED", {})
        self.resumed += 1
        self._notify()
        return session

    async def _dispatch(self, session: _Session, name: str, data: object) -> None:
        event = {"op": _DISPATCH, "t": name, "s": len(session.events) + 1, "d": data}
        session.events.append(event)
        if session.connection is not None:
            await session.connection.send(event)


class _Connection:
    """One connection, with the requested compression."""

    def __init__(self, socket: web.WebSocketResponse, compression: str | None) -> None:
        self._socket = socket
        if compression not in (None, "zlib-stream"):
            raise web.HTTPBadRequest(text=f"compression {compression}")
        self._stream = zlib.compressobj() if compression else None

    async def send(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        if self._socket.closed:
            return
        # A client that is leaving receives nothing more.
        with suppress(ClientConnectionResetError):
            if self._stream is None:
                await self._socket.send_str(text)
            else:
                packed = self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)
                await self._socket.send_bytes(packed)

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)
