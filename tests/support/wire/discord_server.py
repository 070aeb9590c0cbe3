"""A simulated Discord on a real socket: what a test does with it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

from aiohttp import web

from tests.support.wire.discord_answers import Answers
from tests.support.wire.discord_gateway import Gateway
from tests.support.wire.discord_rest import Call, Desk, Fault, Hold, When
from tests.support.wire.discord_state import PATIENCE, TOKEN, State
from tests.support.wire.discord_world import (
    APPLICATION,
    EVERYONE,
    GENERAL,
    Exchange,
    StoredFile,
    StoredMessage,
    channel,
    guild_of,
    member,
    snowflake,
)
from tests.support.wire.message_events import creation, deletion, written

_OPTION_TYPES: dict[type, set[int]] = {str: {3}, int: {4}, StoredFile: {11}}


class DiscordServer(State):
    """The gateway and as much of the REST API as the bot may need."""

    def __init__(self, *, token: str = TOKEN) -> None:
        super().__init__(token=token)
        self.gateway = Gateway(token, notify=self.notify, complain=self.complaints.append)
        self.desk = Desk(notify=self.notify, complain=self.complaints.append)
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[DiscordServer]:
        """Listen on a free port."""
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[web.middleware(self.desk)])
        app.router.add_get("/gateway", self.gateway.serve)
        Answers(self, lambda: self.gateway.about).route(app)
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

    def fail_next(
        self, method: str, path: str, status: int, code: int = 0, *, times: int = 1, when: When | None = None
    ) -> Fault:
        """Refuse the next calls whose path holds the pattern; status 0 resets the connection, 1 closes it."""
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

    async def slash(
        self, user_id: int, name: str, /, *, wait: bool = True, channel_id: int = GENERAL, **options: Any
    ) -> Exchange:
        """Use a command; a ``StoredFile`` is an upload. Waits for its acknowledgement."""
        command = next(each for each in self.commands if each["name"] == name)
        data = {"id": command["id"], "name": name, "type": 1, **_options(command, options)}
        self.uploads += [value for value in options.values() if isinstance(value, StoredFile)]
        return await self._interact(user_id, 2, data, channel_id, wait=wait)

    async def press(
        self, user_id: int, message: StoredMessage, action: str, *, wait: bool = True
    ) -> Exchange:
        """Press the button of an action. Waits for the acknowledgement."""
        data = {"custom_id": message.button(action), "component_type": 2, "id": 1}
        return await self._interact(user_id, 3, data, message.channel_id, message=message, wait=wait)

    async def submit_modal(self, user_id: int, form: Exchange, **changes: str) -> Exchange:
        """Send a form off, as prefilled but for the labels in ``changes``."""
        components = [_filled(label, changes) for label in form.modal["components"]]
        assert not changes, f"no such fields: {changes}"
        data = {"custom_id": form.modal["custom_id"], "components": components}
        return await self._interact(user_id, 5, data, form.channel_id)

    async def write(
        self,
        user_id: int,
        content: str,
        *,
        channel_id: int = GENERAL,
        reply_to: StoredMessage | None = None,
        files: dict[str, bytes] | None = None,
    ) -> StoredMessage:
        """Write a message as a person does."""
        message = written(user_id, channel_id, content, files or {}, reply_to)
        self.messages[message.id] = message
        await self.announce(message)
        return message

    async def announce(self, message: StoredMessage) -> None:
        """Send the event of a person's message, once more if it was sent already."""
        replied = self.messages.get(message.replies_to or 0)
        await self.gateway.dispatch("MESSAGE_CREATE", creation(message, replied))

    async def delete(self, *messages: StoredMessage) -> None:
        """Delete messages: one as a person does, several as a moderator sweeps."""
        for message in messages:
            message.deleted = True
        await self.gateway.dispatch(*deletion(messages))

    async def answer(self, asked: StoredMessage, patience: float = PATIENCE) -> StoredMessage:
        """Wait for the picture or the reason in the one reply to a message."""
        await self.until(
            lambda: any(reply.is_outcome for reply in self.replies(asked)),
            f"an outcome of {asked.text!r}",
            patience,
        )
        (reply,) = self.replies(asked)
        return reply

    def replies(self, asked: StoredMessage) -> list[StoredMessage]:
        """Return what stands in the channel in reply to a message."""
        return [each for each in self.in_channel(asked.channel_id) if each.replies_to == asked.id]

    async def push(self, exchange: Exchange) -> None:
        """Send an interaction's event, once more if it was sent already."""
        await self.gateway.dispatch("INTERACTION_CREATE", exchange.event)

    async def outcome(self, exchange: Exchange, patience: float = PATIENCE) -> StoredMessage:
        """Wait for the picture or the reason in the exchange's message."""
        await self.until(
            lambda: exchange.message is not None and exchange.message.is_outcome,
            f"an outcome of {exchange.event['data']}",
            patience,
        )
        return exchange.shown

    async def _interact(
        self,
        user_id: int,
        kind: int,
        data: dict[str, Any],
        channel_id: int,
        *,
        message: StoredMessage | None = None,
        wait: bool = True,
    ) -> Exchange:
        guild_id = str(guild_of(channel_id))
        number, token = snowflake(), "aW50ZXJhY3Rpb246" + secrets.token_urlsafe(48)
        event: dict[str, Any] = {
            "id": str(number),
            "token": token,
            "type": kind,
            "data": data,
            "version": 1,
            "application_id": str(APPLICATION),
            "guild_id": guild_id,
            "guild": {"id": guild_id, "features": [], "locale": "en-US"},
            "channel_id": str(channel_id),
            "channel": channel(channel_id),
            "member": member(user_id),
            "locale": "en-US",
            "guild_locale": "en-US",
            "app_permissions": str(EVERYONE),
            "entitlements": [],
            "authorizing_integration_owners": {"0": guild_id},
            "context": 0,
            "attachment_size_limit": self.promised,
        }
        if message is not None:
            event["message"] = message.rendered()
        exchange = Exchange(user_id, channel_id, event, time.monotonic(), number, token, self.ephemeral)
        exchange.message = message
        self.exchanges[token] = exchange
        await self.push(exchange)
        if wait:
            await self.until(lambda: exchange.response, f"an acknowledgement of {data}", 5)
        return exchange


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
            resolved[str(value.id)] = {**value.described(), "ephemeral": True}
        said = str(value.id) if isinstance(value, StoredFile) else value
        options.append({"name": name, "type": known[name]["type"], "value": said})
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
