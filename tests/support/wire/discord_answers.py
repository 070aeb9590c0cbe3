"""How each request of the bot is answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.support.wire.discord_rest import CALL, Call, Refusal, reply
from tests.support.wire.discord_rules import EPHEMERAL_FLAG, command_problems, components_in
from tests.support.wire.discord_state import State
from tests.support.wire.discord_world import (
    APPLICATION,
    BOT,
    Exchange,
    StoredMessage,
    channel,
    member,
    snowflake,
    user,
)

TOO_LATE = "an acknowledgement after more than three seconds"


class Answers:
    """Answers by what stands in ``state``; ``gateway`` tells about the gateway."""

    def __init__(self, state: State, gateway: Callable[[], dict[str, Any]]) -> None:
        self._state = state
        self._gateway = gateway

    def route(self, app: web.Application) -> None:
        """Put every address in place; any other is a 404."""
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
        app.router.add_post("/api/v10/channels/{channel}/typing", self._type)
        app.router.add_get(message, self._messages)
        app.router.add_post(message, self._post)
        app.router.add_get(f"{message}/{{message}}", self._message)
        app.router.add_patch(f"{message}/{{message}}", self._edit)
        app.router.add_delete(f"{message}/{{message}}", self._delete)
        app.router.add_get("/api/v10/guilds/{guild}/members/{user}", self._member)

    async def _gateway_bot(self, request: web.Request) -> web.Response:
        self._authorize(request)
        return reply(self._gateway())

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
        return reply(self._state.commands)

    async def _put_commands(self, request: web.Request) -> web.Response:
        self._authorize(request)
        commands: list[dict[str, Any]] = request[CALL].payload
        problems = [problem for command in commands for problem in command_problems(command)]
        if problems:
            self._state.complaints += problems
            raise Refusal(400, 50035, "; ".join(problems))
        own = {"application_id": str(APPLICATION), "version": "1", "default_member_permissions": None}
        own["description"] = ""  # which a command of a menu doesn't send, but has
        self._state.commands = [{**own, "id": str(snowflake()), **command} for command in commands]
        self._state.syncs += 1
        return reply(self._state.commands)

    async def _callback(self, request: web.Request) -> web.Response:
        exchange = self._state.exchange(request.match_info["token"])
        if exchange.response is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        if time.monotonic() - exchange.sent_at > 3:
            self._state.complaints.append(TOO_LATE)
            exchange.missed = True
            self._state.notify()
            raise Refusal(404, 10062, "Unknown interaction")
        call: Call = request[CALL]
        data: dict[str, Any] = call.payload.get("data") or {}
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
            self._state.complaints += problems
            return None
        if kind in (4, 5):
            hidden = EPHEMERAL_FLAG if exchange.ephemeral or flags & EPHEMERAL_FLAG else 0
            exchange.message = self._state.new_message(exchange, flags=hidden)
        message = exchange.message
        if kind in (4, 7) and message is not None:
            self._state.judge(call, data, message.flags | flags)
            message.apply(data, call.files)
        return message

    async def _follow_up(self, request: web.Request) -> web.Response:
        exchange, call = self._living(request), request[CALL]
        flags = int(call.payload.get("flags") or 0)
        self._state.judge(call, call.payload, flags)
        message = self._state.new_message(exchange, flags=flags & EPHEMERAL_FLAG)
        message.apply(call.payload, call.files)
        exchange.followups.append(message)
        return reply(message.rendered())

    async def _webhook_message(self, request: web.Request) -> web.Response:
        return reply(self._own(request).rendered())

    async def _webhook_edit(self, request: web.Request) -> web.Response:
        message, call = self._own(request), request[CALL]
        self._state.judge(call, call.payload, message.flags | int(call.payload.get("flags") or 0))
        message.apply(call.payload, call.files)
        return reply(message.rendered())

    async def _webhook_delete(self, request: web.Request) -> web.Response:
        self._own(request).deleted = True
        return web.Response(status=204)

    async def _open_direct(self, request: web.Request) -> web.Response:
        self._authorize(request)
        person = int(request[CALL].payload["recipient_id"])
        channel_id = self._state.direct.setdefault(person, snowflake())
        return reply({"id": str(channel_id), "type": 1, "recipients": [user(person)]})

    async def _channel(self, request: web.Request) -> web.Response:
        return reply(channel(self._open_channel(request)))

    async def _type(self, request: web.Request) -> web.Response:
        self._open_channel(request)
        return web.Response(status=204)

    async def _messages(self, request: web.Request) -> web.Response:
        shown = self._state.in_channel(self._open_channel(request))
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 50))
        # The ones right after, and among these the newest first.
        return reply([m.rendered() for m in reversed([m for m in shown if m.id > after][:limit])])

    async def _post(self, request: web.Request) -> web.Response:
        channel_id, call = self._open_channel(request), request[CALL]
        nonce = str(call.payload.get("nonce"))
        if call.payload.get("enforce_nonce") and (channel_id, nonce) in self._state.nonces:
            return reply(self._state.nonces[channel_id, nonce].rendered())
        self._state.judge(call, call.payload, int(call.payload.get("flags") or 0))
        message = StoredMessage(channel_id, reference=call.payload.get("message_reference"))
        message.apply(call.payload, call.files)
        self._state.messages[message.id] = self._state.nonces[channel_id, nonce] = message
        return reply(message.rendered())

    async def _message(self, request: web.Request) -> web.Response:
        return reply(self._posted(request).rendered())

    async def _edit(self, request: web.Request) -> web.Response:
        message, call = self._posted(request), request[CALL]
        if message.author_id != BOT:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        self._state.judge(call, call.payload, message.flags | int(call.payload.get("flags") or 0))
        message.apply(call.payload, call.files)
        return reply(message.rendered())

    async def _delete(self, request: web.Request) -> web.Response:
        self._posted(request).deleted = True
        return web.Response(status=204)

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self._state.token}":
            raise Refusal(401, 0, "401: Unauthorized")

    def _open_channel(self, request: web.Request) -> int:
        self._authorize(request)
        channel_id = int(request.match_info["channel"])
        if channel_id in self._state.closed_channels:
            raise Refusal(
                403, 50007 if channel_id in self._state.direct.values() else 50001, "Missing Access"
            )
        return channel_id

    def _posted(self, request: web.Request) -> StoredMessage:
        channel_id = self._open_channel(request)
        message = self._state.messages.get(int(request.match_info["message"]))
        if message is None or message.deleted or message.channel_id != channel_id or message.ephemeral:
            raise Refusal(404, 10008, "Unknown Message")
        return message

    def _living(self, request: web.Request) -> Exchange:
        exchange = self._state.exchange(request.match_info["token"])
        if exchange.expired or time.monotonic() - exchange.sent_at > self._state.token_life:
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


def _modal_problems(exchange: Exchange, data: dict[str, Any]) -> list[str]:
    problems = ["a form in answer to a form"] if exchange.event["type"] == 5 else []
    if not 1 <= len(data["title"]) <= 45:
        problems.append(f"a title of {len(data['title'])}")
    if not 1 <= len(data["components"]) <= 5:
        problems.append(f"a form of {len(data['components'])}")
    ids = [part["custom_id"] for part in components_in(data["components"]) if "custom_id" in part]
    return problems + ([] if len(ids) == len(set(ids)) else ["the same custom_id twice"])
