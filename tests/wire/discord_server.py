"""A simulated Discord on a real socket: the gateway and as much of the REST API as the bot may need."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from aiohttp import web
from discord_gateway import Gateway
from discord_rest import CALL, Call, Desk, Fault, Hold, Refusal, When, reply
from discord_rules import EPHEMERAL_FLAG, command_problems, components_in, message_problems
from discord_world import (
    APPLICATION,
    BOT,
    EVERYONE,
    GENERAL,
    GUILD,
    Exchange,
    StoredFile,
    StoredMessage,
    channel,
    member,
    snowflake,
    user,
)

TOKEN = "bot-token-" + "Kx9" * 12
PATIENCE = 15.0
"""Seconds that any wait may take."""
_OPTION_TYPES: dict[type, set[int]] = {str: {3}, int: {4}, StoredFile: {11}}


class DiscordServer:
    """Holds guild, messages and commands; ``complaints`` is what Discord would have minded."""

    def __init__(self, *, token: str = TOKEN) -> None:
        self.token = token
        self.complaints: list[str] = []
        self.commands: list[dict[str, Any]] = []
        self.syncs = 0
        self.exchanges: dict[str, Exchange] = {}
        self.messages: dict[int, StoredMessage] = {}
        self.nonces: dict[tuple[int, str], StoredMessage] = {}
        self.direct: dict[int, int] = {}
        self.uploads: list[StoredFile] = []
        self.banned_words: set[str] = set()
        self.closed_channels: set[int] = set()
        self.token_life = 15 * 60.0
        self.largest_request = 10 * 1024 * 1024
        self.promised = 10 * 1024 * 1024
        self.ephemeral = False
        self._changed = asyncio.Condition()
        self._wakers: set[asyncio.Task[None]] = set()
        self.gateway = Gateway(token, notify=self.notify, complain=self.complaints.append)
        self.desk = Desk(notify=self.notify, complain=self.complaints.append)
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[DiscordServer]:
        """Listen on a free port."""
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[web.middleware(self.desk)])
        app.router.add_get("/gateway", self.gateway.serve)
        self._route(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/api/v10"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        try:
            yield self
        finally:
            for plan in self.desk.plans:
                if isinstance(plan, Hold):
                    plan.release()
            await runner.cleanup()

    # What a test does.

    def reset(self) -> None:
        """Be as kind and as open as at first; what happened stays."""
        self.complaints.clear()
        self.desk.plans.clear()
        self.banned_words, self.closed_channels = set(), set()
        self.promised = self.largest_request = 10 * 1024 * 1024
        self.ephemeral = False

    async def until(self, true: Callable[[], object], what: str, timeout: float = PATIENCE) -> None:
        """Wait until something is so."""
        try:
            async with self._changed:
                await asyncio.wait_for(self._changed.wait_for(lambda: bool(true())), timeout)
        except TimeoutError:
            raise AssertionError(f"after {timeout:g} s still not: {what}") from None

    def fail_next(
        self, method: str, path: str, status: int, code: int = 0, *, times: int = 1, when: When | None = None
    ) -> Fault:
        """Refuse the next calls whose path holds the pattern; status 0 resets the connection."""
        fault = Fault(method=method, path=path, status=status, code=code, times=times, when=when)
        self.desk.plans.insert(0, fault)
        return fault

    def hold_next(
        self, method: str, path: str, moment: Literal["before", "after"], *, when: When | None = None
    ) -> Hold:
        """Hold the next such call before or after its work is done."""
        hold = Hold(method=method, path=path, moment=moment, times=1, when=when)
        self.desk.plans.insert(0, hold)
        return hold

    def calls(self, method: str, path: str) -> list[Call]:
        """Return the calls so far whose path holds the pattern."""
        return [c for c in self.desk.calls if c.method == method and re.search(path, c.path)]

    async def slash(self, user_id: int, name: str, /, *, wait: bool = True, **options: Any) -> Exchange:
        """Use a command; a ``StoredFile`` is an upload. Waits for its acknowledgement."""
        command = next(each for each in self.commands if each["name"] == name)
        data = {"id": command["id"], "name": name, "type": 1, **_options(command, options)}
        self.uploads += [value for value in options.values() if isinstance(value, StoredFile)]
        return await self._interact(user_id, 2, data, wait=wait)

    async def press(self, user_id: int, message: StoredMessage, action: str) -> Exchange:
        """Press the button of an action. Waits for the acknowledgement."""
        data = {"custom_id": message.button(action), "component_type": 2, "id": 1}
        return await self._interact(user_id, 3, data, message=message)

    async def submit_modal(self, user_id: int, form: Exchange, **changes: str) -> Exchange:
        """Send a form off, as prefilled but for the labels in ``changes``."""
        components = [_filled(label, changes) for label in form.modal["components"]]
        assert not changes, f"no such fields: {changes}"
        data = {"custom_id": form.modal["custom_id"], "components": components}
        return await self._interact(user_id, 5, data)

    async def push(self, exchange: Exchange) -> None:
        """Send an interaction's event, once more if it was sent already."""
        await self.gateway.dispatch("INTERACTION_CREATE", exchange.event)

    async def outcome(self, exchange: Exchange, timeout: float = PATIENCE) -> StoredMessage:
        """Wait for the picture or the reason in the exchange's message."""
        await self.until(
            lambda: exchange.message is not None and exchange.message.is_outcome,
            f"an outcome of {exchange.event['data']}",
            timeout,
        )
        return exchange.shown

    def in_channel(self, channel_id: int) -> list[StoredMessage]:
        """Return the messages that a channel's members see, those of interactions left out."""
        kept = (m for m in self.messages.values() if m.channel_id == channel_id and not m.deleted)
        return [message for message in kept if message.token is None]

    def read_link(self, url: str) -> StoredFile:
        """Return the file behind a signed link; the newest one of each file is the only one that opens."""
        files = [file for message in self.messages.values() for file in message.files]
        found = [file for file in files + self.uploads if file.links and file.links[-1] == url]
        if not found:
            raise ValueError("that link isn't good any more")
        return found[0]

    # How the bot is answered.

    def _route(self, app: web.Application) -> None:
        hook, message = "/api/v10/webhooks/{app}/{token}", "/api/v10/channels/{channel}/messages"
        app.router.add_get("/api/v10/gateway/bot", self._gateway_bot)
        app.router.add_get("/api/v10/users/@me", self._me)
        app.router.add_get("/api/v10/oauth2/applications/@me", self._application)
        app.router.add_get("/api/v10/applications/{app}/commands", self._get_commands)
        app.router.add_put("/api/v10/applications/{app}/commands", self._put_commands)
        app.router.add_post("/api/v10/interactions/{id}/{token}/callback", self._callback)
        app.router.add_post(hook, self._follow_up)
        app.router.add_get(f"{hook}/messages/{{message}}", self._webhook_message)
        app.router.add_patch(f"{hook}/messages/{{message}}", self._webhook_edit)
        app.router.add_delete(f"{hook}/messages/{{message}}", self._webhook_delete)
        app.router.add_post("/api/v10/users/@me/channels", self._open_direct)
        app.router.add_get("/api/v10/users/{user}", self._user)
        app.router.add_get("/api/v10/channels/{channel}", self._channel)
        app.router.add_post(message, self._post)
        app.router.add_get(f"{message}/{{message}}", self._message)
        app.router.add_delete(f"{message}/{{message}}", self._delete)
        app.router.add_get("/api/v10/guilds/{guild}/members/{user}", self._member)

    async def _gateway_bot(self, request: web.Request) -> web.Response:
        self._authorize(request)
        limits = {"total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 1}
        return reply({"url": self.gateway.url, "shards": 1, "session_start_limit": limits})

    async def _me(self, request: web.Request) -> web.Response:
        self._authorize(request)
        return reply(user(BOT))

    async def _user(self, request: web.Request) -> web.Response:
        self._authorize(request)
        return reply(user(int(request.match_info["user"])))

    async def _member(self, request: web.Request) -> web.Response:
        self._authorize(request)
        return reply(member(int(request.match_info["user"])))

    async def _application(self, request: web.Request) -> web.Response:
        self._authorize(request)
        about = {"id": str(APPLICATION), "name": "bot", "description": "", "icon": None, "bot_public": True}
        more = {"bot_require_code_grant": False, "verify_key": "00", "owner": user(7002), "flags": 0}
        return reply({**about, **more, "summary": "", "team": None})

    async def _get_commands(self, request: web.Request) -> web.Response:
        self._authorize(request)
        return reply(self.commands)

    async def _put_commands(self, request: web.Request) -> web.Response:
        self._authorize(request)
        commands: list[dict[str, Any]] = request[CALL].payload
        problems = [problem for command in commands for problem in command_problems(command)]
        if problems:
            self.complaints += problems
            raise Refusal(400, 50035, "; ".join(problems))
        own = {"application_id": str(APPLICATION), "version": "1", "default_member_permissions": None}
        self.commands = [{**own, "id": str(snowflake()), **command} for command in commands]
        self.syncs += 1
        return reply(self.commands)

    async def _callback(self, request: web.Request) -> web.Response:
        exchange = self._exchange(request.match_info["token"])
        if exchange.response is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        if time.monotonic() - exchange.sent_at > 3:
            self.complaints.append("an acknowledgement after more than three seconds")
            raise Refusal(404, 10062, "Unknown interaction")
        call: Call = request[CALL]
        data = call.payload.get("data") or {}
        message = self._acknowledge(exchange, call, call.payload["type"], data)
        exchange.response = call.payload
        about: dict[str, Any] = {"id": str(exchange.id), "type": exchange.event["type"]}
        resource: dict[str, Any] = {"type": call.payload["type"]}
        if message is not None:
            about["response_message_id"] = str(message.id)
            about["response_message_loading"] = call.payload["type"] == 5
            about["response_message_ephemeral"] = message.ephemeral
            resource["message"] = message.rendered()
        return reply({"interaction": about, "resource": resource})

    def _acknowledge(
        self, exchange: Exchange, call: Call, kind: int, data: dict[str, Any]
    ) -> StoredMessage | None:
        flags = int(data.get("flags") or 0)
        if kind == 9:
            problems = _modal_problems(exchange, data)
            self.complaints += problems
            return None
        if kind in (4, 5):
            hidden = EPHEMERAL_FLAG if exchange.ephemeral or flags & EPHEMERAL_FLAG else 0
            exchange.message = self._new_message(exchange, flags=hidden)
        message = exchange.message
        if kind in (4, 7) and message is not None:
            self._judge(call, data, message.flags | flags)
            message.apply(data, call.files)
        return message

    async def _follow_up(self, request: web.Request) -> web.Response:
        exchange, call = self._living(request), request[CALL]
        flags = int(call.payload.get("flags") or 0)
        self._judge(call, call.payload, flags)
        message = self._new_message(exchange, flags=flags & EPHEMERAL_FLAG)
        message.apply(call.payload, call.files)
        exchange.followups.append(message)
        return reply(message.rendered())

    async def _webhook_message(self, request: web.Request) -> web.Response:
        return reply(self._own(request).rendered())

    async def _webhook_edit(self, request: web.Request) -> web.Response:
        message, call = self._own(request), request[CALL]
        self._judge(call, call.payload, message.flags | int(call.payload.get("flags") or 0))
        message.apply(call.payload, call.files)
        return reply(message.rendered())

    async def _webhook_delete(self, request: web.Request) -> web.Response:
        self._own(request).deleted = True
        return web.Response(status=204)

    async def _open_direct(self, request: web.Request) -> web.Response:
        self._authorize(request)
        person = int(request[CALL].payload["recipient_id"])
        channel_id = self.direct.setdefault(person, snowflake())
        return reply({"id": str(channel_id), "type": 1, "recipients": [user(person)]})

    async def _channel(self, request: web.Request) -> web.Response:
        return reply(channel(self._open_channel(request)))

    async def _post(self, request: web.Request) -> web.Response:
        channel_id, call = self._open_channel(request), request[CALL]
        nonce = str(call.payload.get("nonce"))
        if call.payload.get("enforce_nonce") and (channel_id, nonce) in self.nonces:
            return reply(self.nonces[channel_id, nonce].rendered())
        self._judge(call, call.payload, int(call.payload.get("flags") or 0))
        message = StoredMessage(channel_id)
        message.apply(call.payload, call.files)
        self.messages[message.id] = self.nonces[channel_id, nonce] = message
        return reply(message.rendered())

    async def _message(self, request: web.Request) -> web.Response:
        return reply(self._posted(request).rendered())

    async def _delete(self, request: web.Request) -> web.Response:
        self._posted(request).deleted = True
        return web.Response(status=204)

    # What every answer goes by.

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refusal(401, 0, "401: Unauthorized")

    def _open_channel(self, request: web.Request) -> int:
        self._authorize(request)
        channel_id = int(request.match_info["channel"])
        if channel_id in self.closed_channels:
            raise Refusal(403, 50007 if channel_id in self.direct.values() else 50001, "Missing Access")
        return channel_id

    def _posted(self, request: web.Request) -> StoredMessage:
        channel_id = self._open_channel(request)
        message = self.messages.get(int(request.match_info["message"]))
        if message is None or message.deleted or message.channel_id != channel_id or message.ephemeral:
            raise Refusal(404, 10008, "Unknown Message")
        return message

    def _exchange(self, token: str) -> Exchange:
        if token not in self.exchanges:
            raise Refusal(404, 10062, "Unknown interaction")
        return self.exchanges[token]

    def _living(self, request: web.Request) -> Exchange:
        exchange = self._exchange(request.match_info["token"])
        if exchange.expired or time.monotonic() - exchange.sent_at > self.token_life:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        if exchange.response is None:
            raise Refusal(404, 10015, "Unknown Webhook")
        return exchange

    def _own(self, request: web.Request) -> StoredMessage:
        exchange, name = self._living(request), request.match_info["message"]
        mine = [m for m in [exchange.message, *exchange.followups] if m is not None and not m.deleted]
        if name != "@original":
            mine = [message for message in mine if str(message.id) == name]
        if not mine:
            raise Refusal(404, 10008, "Unknown Message")
        return mine[0]

    def _judge(self, call: Call, payload: dict[str, Any], flags: int) -> None:
        if sum(map(len, call.files.values())) > self.largest_request:
            raise Refusal(413, 40005, "Request entity too large")
        if any(word in str(payload.get("components")) for word in self.banned_words):
            raise Refusal(400, 200000, "Message was blocked by automatic moderation")
        if problems := message_problems(payload, call.files, flags):
            self.complaints += [f"{call.method} {call.path}: {problem}" for problem in problems]
            raise Refusal(400, 50035, "; ".join(problems))

    def _new_message(self, exchange: Exchange, *, flags: int) -> StoredMessage:
        message = StoredMessage(exchange.channel_id, flags=flags, token=exchange.token)
        self.messages[message.id] = message
        return message

    async def _interact(
        self,
        user_id: int,
        kind: int,
        data: dict[str, Any],
        *,
        message: StoredMessage | None = None,
        wait: bool = True,
    ) -> Exchange:
        number, token = snowflake(), "aW50ZXJhY3Rpb246" + secrets.token_urlsafe(48)
        event = {
            "id": str(number),
            "token": token,
            "type": kind,
            "data": data,
            "version": 1,
            "application_id": str(APPLICATION),
            "guild_id": str(GUILD),
            "guild": {"id": str(GUILD), "features": [], "locale": "en-US"},
            "channel_id": str(GENERAL),
            "channel": channel(GENERAL),
            "member": member(user_id),
            "locale": "en-US",
            "guild_locale": "en-US",
            "app_permissions": str(EVERYONE),
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(GUILD)},
            "context": 0,
            "attachment_size_limit": self.promised,
        }
        if message is not None:
            event["message"] = message.rendered()
        exchange = Exchange(user_id, GENERAL, event, time.monotonic(), number, token, self.ephemeral)
        exchange.message = message
        self.exchanges[token] = exchange
        await self.push(exchange)
        if wait:
            await self.until(lambda: exchange.response, f"an acknowledgement of {data}", 5)
        return exchange

    def notify(self) -> None:
        """Let every wait look again."""

        async def wake() -> None:
            async with self._changed:
                self._changed.notify_all()

        task = asyncio.ensure_future(wake())
        self._wakers.add(task)
        task.add_done_callback(self._wakers.discard)


def _options(command: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Write down options as Discord's client does, which knows the command."""
    known = {option["name"]: option for option in command.get("options", ())}
    missing = {name for name, option in known.items() if option.get("required")} - given.keys()
    assert not missing, f"{missing} must be given"
    options: list[dict[str, Any]] = []
    resolved: dict[str, Any] = {}
    for name, value in given.items():
        assert known[name]["type"] in _OPTION_TYPES[type(value)], f"{name} is of another type"
        choices = [choice["value"] for choice in known[name].get("choices", ())]
        assert not choices or value in choices, f"{name} has no choice {value}"
        if isinstance(value, StoredFile):
            about = {
                "id": str(value.id),
                "filename": value.name,
                "size": len(value.content),
                "ephemeral": True,
            }
            resolved[str(value.id)] = {**about, **value.link()}
            value = str(value.id)
        options.append({"name": name, "type": known[name]["type"], "value": value})
    return {"options": options, "resolved": {"attachments": resolved}}


def _filled(label: dict[str, Any], changes: dict[str, str]) -> dict[str, Any]:
    field = label["component"]
    answer = {"type": field["type"], "custom_id": field["custom_id"], "id": 1}
    change = changes.pop(label["label"].lower(), None)
    if field["type"] == 4:
        answer["value"] = change if change is not None else field.get("value") or ""
    else:
        chosen = [option["value"] for option in field["options"] if option.get("default")]
        answer["values"] = [change] if change is not None else chosen
    return {"type": 18, "id": 1, "component": answer}


def _modal_problems(exchange: Exchange, data: dict[str, Any]) -> list[str]:
    problems = ["a form in answer to a form"] if exchange.event["type"] == 5 else []
    if not 1 <= len(data["title"]) <= 45:
        problems.append(f"a title of {len(data['title'])}")
    if not 1 <= len(data["components"]) <= 5:
        problems.append(f"a form of {len(data['components'])}")
    ids = [part["custom_id"] for part in components_in(data["components"]) if "custom_id" in part]
    return problems + ([] if len(ids) == len(set(ids)) else ["the same custom_id twice"])
