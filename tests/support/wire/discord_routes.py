"""The REST routes of the simulated Discord."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.support.wire.discord_objects import (
    APPLICATION,
    BOT,
    FAR_GUILD,
    GUILD,
    StoredInteraction,
    StoredMessage,
    channel,
    member,
    user,
)
from tests.support.wire.discord_rest import CALL, RestCall, RestError, reply
from tests.support.wire.discord_rules import EPHEMERAL_FLAG, command_problems, components_in
from tests.support.wire.discord_state import DiscordState
from tests.support.wire.stored_files import snowflake

LATE_ACKNOWLEDGEMENT = "an acknowledgement after more than three seconds"


class RestRoutes:
    """Handlers over ``state``; ``gateway`` returns the gateway's description."""

    def __init__(self, state: DiscordState, gateway: Callable[[], dict[str, Any]]) -> None:
        self._state = state
        self._gateway = gateway

    def route(self, app: web.Application) -> None:
        """Add every route; any other path is a 404."""
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
        app.router.add_delete("/api/v10/users/@me/guilds/{guild}", self._leave)
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
            self._state.violations += problems
            raise RestError(400, 50035, "; ".join(problems))
        own = {"application_id": str(APPLICATION), "version": "1", "default_member_permissions": None}
        own["description"] = ""  # context menu commands have one but don't send it
        self._state.commands = [{**own, "id": str(snowflake()), **command} for command in commands]
        self._state.syncs += 1
        return reply(self._state.commands)

    async def _callback(self, request: web.Request) -> web.Response:
        interaction = self._state.interaction(request.match_info["token"])
        if interaction.response is not None:
            raise RestError(400, 40060, "Interaction has already been acknowledged.")
        if self._state.running_time() > interaction.acknowledge_by:
            self._state.violations.append(LATE_ACKNOWLEDGEMENT)
            interaction.acknowledged_too_late = True
            self._state.notify()
            raise RestError(404, 10062, "Unknown interaction")
        call: RestCall = request[CALL]
        data: dict[str, Any] = call.payload.get("data") or {}
        message = self._acknowledge(interaction, call, call.payload["type"], data)
        interaction.response = call.payload
        about: dict[str, Any] = {"id": str(interaction.id), "type": interaction.event["type"]}
        resource: dict[str, Any] = {"type": call.payload["type"]}
        if message is not None:
            about["response_message_id"] = str(message.id)
            about["response_message_loading"] = call.payload["type"] == 5
            about["response_message_ephemeral"] = message.ephemeral
            resource["message"] = message.to_payload()
        return reply({"interaction": about, "resource": resource})

    def _acknowledge(
        self, interaction: StoredInteraction, call: RestCall, kind: int, data: dict[str, Any]
    ) -> StoredMessage | None:
        flags = int(data.get("flags") or 0)
        if kind == 9:
            problems = _modal_problems(interaction, data)
            self._state.violations += problems
            return None
        if kind in (4, 5):
            hidden = EPHEMERAL_FLAG if interaction.ephemeral or flags & EPHEMERAL_FLAG else 0
            interaction.message = self._state.new_message(interaction, flags=hidden)
        message = interaction.message
        if kind in (4, 7) and message is not None:
            self._state.validate(call, data, message.flags | flags)
            message.apply(data, call.files)
        return message

    async def _follow_up(self, request: web.Request) -> web.Response:
        interaction, call = self._open_interaction(request), request[CALL]
        flags = int(call.payload.get("flags") or 0)
        self._state.validate(call, call.payload, flags)
        message = self._state.new_message(interaction, flags=flags & EPHEMERAL_FLAG)
        message.apply(call.payload, call.files)
        interaction.followups.append(message)
        return reply(message.to_payload())

    async def _webhook_message(self, request: web.Request) -> web.Response:
        return reply(self._interaction_message(request).to_payload())

    async def _webhook_edit(self, request: web.Request) -> web.Response:
        message, call = self._interaction_message(request), request[CALL]
        self._state.validate(call, call.payload, message.flags | int(call.payload.get("flags") or 0), message)
        message.apply(call.payload, call.files)
        return reply(message.to_payload())

    async def _webhook_delete(self, request: web.Request) -> web.Response:
        self._interaction_message(request).deleted = True
        return web.Response(status=204)

    async def _open_direct(self, request: web.Request) -> web.Response:
        self._authorize(request)
        person = int(request[CALL].payload["recipient_id"])
        channel_id = self._state.direct.setdefault(person, snowflake())
        return reply({"id": str(channel_id), "type": 1, "recipients": [user(person)]})

    async def _leave(self, request: web.Request) -> web.Response:
        self._authorize(request)
        guild_id = int(request.match_info["guild"])
        if guild_id not in (GUILD, FAR_GUILD) or guild_id in self._state.left:
            raise RestError(404, 10004, "Unknown Guild")
        self._state.left.add(guild_id)
        return web.Response(status=204)

    async def _channel(self, request: web.Request) -> web.Response:
        return reply(channel(self._open_channel(request)))

    async def _type(self, request: web.Request) -> web.Response:
        self._open_channel(request)
        return web.Response(status=204)

    async def _messages(self, request: web.Request) -> web.Response:
        shown = self._state.in_channel(self._open_channel(request))
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 50))
        # The oldest ones after the given id, newest first.
        return reply([m.to_payload() for m in reversed([m for m in shown if m.id > after][:limit])])

    async def _post(self, request: web.Request) -> web.Response:
        channel_id, call = self._open_channel(request), request[CALL]
        nonce = str(call.payload.get("nonce"))
        if call.payload.get("enforce_nonce") and (channel_id, nonce) in self._state.nonces:
            return reply(self._state.nonces[channel_id, nonce].to_payload())
        self._state.validate(call, call.payload, int(call.payload.get("flags") or 0))
        message = StoredMessage(channel_id, reference=call.payload.get("message_reference"))
        message.apply(call.payload, call.files)
        self._state.messages[message.id] = self._state.nonces[channel_id, nonce] = message
        return reply(message.to_payload())

    async def _message(self, request: web.Request) -> web.Response:
        return reply(self._channel_message(request).to_payload())

    async def _edit(self, request: web.Request) -> web.Response:
        message, call = self._channel_message(request), request[CALL]
        if message.author_id != BOT:
            raise RestError(403, 50005, "Cannot edit a message authored by another user")
        self._state.validate(call, call.payload, message.flags | int(call.payload.get("flags") or 0), message)
        message.apply(call.payload, call.files)
        return reply(message.to_payload())

    async def _delete(self, request: web.Request) -> web.Response:
        self._channel_message(request).deleted = True
        return web.Response(status=204)

    def _authorize(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self._state.token}":
            raise RestError(401, 0, "401: Unauthorized")

    def _open_channel(self, request: web.Request) -> int:
        self._authorize(request)
        channel_id = int(request.match_info["channel"])
        if channel_id in self._state.closed_channels:
            raise RestError(
                403, 50007 if channel_id in self._state.direct.values() else 50001, "Missing Access"
            )
        return channel_id

    def _channel_message(self, request: web.Request) -> StoredMessage:
        channel_id = self._open_channel(request)
        message = self._state.messages.get(int(request.match_info["message"]))
        if message is None or message.deleted or message.channel_id != channel_id or message.ephemeral:
            raise RestError(404, 10008, "Unknown Message")
        return message

    def _open_interaction(self, request: web.Request) -> StoredInteraction:
        interaction = self._state.interaction(request.match_info["token"])
        if interaction.expired or time.monotonic() - interaction.sent_at > self._state.token_lifetime:
            raise RestError(401, 50027, "Invalid Webhook Token")
        if interaction.response is None:
            raise RestError(404, 10015, "Unknown Webhook")
        return interaction

    def _interaction_message(self, request: web.Request) -> StoredMessage:
        interaction, name = self._open_interaction(request), request.match_info["message"]
        mine = [m for m in [interaction.message, *interaction.followups] if m is not None and not m.deleted]
        if name != "@original":
            mine = [message for message in mine if str(message.id) == name]
        if not mine:
            raise RestError(404, 10008, "Unknown Message")
        return mine[0]


def _modal_problems(interaction: StoredInteraction, data: dict[str, Any]) -> list[str]:
    problems = ["a form in answer to a form"] if interaction.event["type"] == 5 else []
    if not 1 <= len(data["title"]) <= 45:
        problems.append(f"a title of {len(data['title'])}")
    if not 1 <= len(data["components"]) <= 5:
        problems.append(f"a form of {len(data['components'])}")
    ids = [part["custom_id"] for part in components_in(data["components"]) if "custom_id" in part]
    return problems + ([] if len(ids) == len(set(ids)) else ["the same custom_id twice"])
