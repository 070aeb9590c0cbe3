"""A simulated Discord on a real socket, with the actions of its users."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

from aiohttp import web

from tests.support.wire.discord_gateway import Gateway
from tests.support.wire.discord_objects import (
    APPLICATION,
    EVERYONE,
    GENERAL,
    StoredInteraction,
    StoredMessage,
    channel,
    guild_of,
    member,
)
from tests.support.wire.discord_rest import Fault, Hold, LostAnswer, RestCall, RestInterceptor, When
from tests.support.wire.discord_routes import RestRoutes
from tests.support.wire.discord_state import TOKEN, WAIT_TIMEOUT, DiscordState
from tests.support.wire.message_events import message_create, message_delete, user_message
from tests.support.wire.stored_files import StoredFile, snowflake

ACKNOWLEDGEMENT_TIME = 3.0
"""Seconds in which an interaction must be acknowledged."""
_OPTION_TYPES: dict[type, set[int]] = {str: {3}, int: {4}, StoredFile: {11}}


class DiscordServer(DiscordState):
    """The gateway and the part of the REST API that the bot uses."""

    def __init__(self, *, token: str = TOKEN) -> None:
        super().__init__(token=token)
        self.gateway = Gateway(token, notify=self.notify, report=self.violations.append)
        self.rest = RestInterceptor(notify=self.notify, report=self.violations.append)
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[DiscordServer]:
        """Listen on a free port."""
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[web.middleware(self.rest)])
        app.router.add_get("/gateway", self.gateway.serve)
        RestRoutes(self, lambda: self.gateway.about).route(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/api/v10"
        self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        try:
            async with self.running_time.ticking():
                yield self
        finally:
            for plan in self.rest.plans:
                if isinstance(plan, Hold):
                    plan.release()
            await runner.cleanup()

    def fail_next(
        self, method: str, path: str, status: int, code: int = 0, *, times: int = 1, when: When | None = None
    ) -> Fault:
        """Fail the next calls whose path matches; status 0 resets the connection, 1 closes it."""
        fault = Fault(method=method, path=path, status=status, code=code, times=times, when=when)
        self.rest.plans.insert(0, fault)
        return fault

    def lose_next_answer(self, method: str, path: str, *, when: When | None = None) -> LostAnswer:
        """Process the next matching call, and reset its connection instead of answering it."""
        lost = LostAnswer(method=method, path=path, times=1, when=when)
        self.rest.plans.insert(0, lost)
        return lost

    def hold_next(
        self, method: str, path: str, moment: Literal["before", "after"], *, when: When | None = None
    ) -> Hold:
        """Hold the next matching call before or after it is processed."""
        hold = Hold(method=method, path=path, moment=moment, times=1, when=when)
        self.rest.plans.insert(0, hold)
        return hold

    def calls(self, method: str, path: str) -> list[RestCall]:
        """Return all calls whose path matches."""
        return [c for c in self.rest.calls if c.method == method and re.search(path, c.path)]

    async def slash(
        self, user_id: int, name: str, /, *, wait: bool = True, channel_id: int = GENERAL, **options: Any
    ) -> StoredInteraction:
        """Use a slash command and wait for the acknowledgement; a ``StoredFile`` is an upload."""
        command = next(each for each in self.commands if each["name"] == name)
        data = {"id": command["id"], "name": name, "type": 1, **_options(command, options)}
        self.uploads += [value for value in options.values() if isinstance(value, StoredFile)]
        return await self._interact(user_id, 2, data, channel_id, wait=wait)

    async def press(
        self,
        user_id: int,
        message: StoredMessage,
        action: str,
        *,
        picture: int | None = None,
        wait: bool = True,
    ) -> StoredInteraction:
        """Press the button of an action, or that of one picture, and wait for the acknowledgement."""
        data = {"custom_id": message.button(action, picture), "component_type": 2, "id": 1}
        return await self._interact(user_id, 3, data, message.channel_id, message=message, wait=wait)

    async def submit_modal(self, user_id: int, form: StoredInteraction, **changes: str) -> StoredInteraction:
        """Submit a modal with its prefilled values, except the labels in ``changes``."""
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
        """Post a message as a user."""
        message = user_message(user_id, channel_id, content, files or {}, reply_to)
        self.messages[message.id] = message
        await self.send_message_event(message)
        return message

    async def send_message_event(self, message: StoredMessage) -> None:
        """Send the event of a user's message; repeated calls send it again."""
        replied = self.messages.get(message.replies_to or 0)
        await self.gateway.dispatch("MESSAGE_CREATE", message_create(message, replied))

    async def delete(self, *messages: StoredMessage) -> None:
        """Delete one message, or several in bulk."""
        for message in messages:
            message.deleted = True
        await self.gateway.dispatch(*message_delete(messages))

    async def answer(self, asked: StoredMessage, seconds: float = WAIT_TIMEOUT) -> StoredMessage:
        """Wait for the outcome in the only reply to a message."""
        await self.until(
            lambda: any(reply.is_outcome for reply in self.replies(asked)),
            f"an outcome of {asked.text!r}",
            seconds,
        )
        (reply,) = self.replies(asked)
        return reply

    def replies(self, asked: StoredMessage) -> list[StoredMessage]:
        """Return the replies to a message in its channel."""
        return [each for each in self.in_channel(asked.channel_id) if each.replies_to == asked.id]

    async def send_event(self, interaction: StoredInteraction) -> None:
        """Send an interaction's event; repeated calls send it again."""
        await self.gateway.dispatch("INTERACTION_CREATE", interaction.event)

    async def outcome(self, interaction: StoredInteraction, seconds: float = WAIT_TIMEOUT) -> StoredMessage:
        """Wait for the outcome in the interaction's message."""
        await self.until(
            lambda: interaction.message is not None and interaction.message.is_outcome,
            f"an outcome of {interaction.event['data']}",
            seconds,
        )
        return interaction.response_message

    async def _interact(
        self,
        user_id: int,
        kind: int,
        data: dict[str, Any],
        channel_id: int,
        *,
        message: StoredMessage | None = None,
        wait: bool = True,
    ) -> StoredInteraction:
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
            "attachment_size_limit": self.attachment_size_limit,
        }
        if message is not None:
            event["message"] = message.to_payload()
        interaction = StoredInteraction(
            user_id,
            channel_id,
            event,
            time.monotonic(),
            number,
            token,
            acknowledge_by=self.running_time() + ACKNOWLEDGEMENT_TIME,
            ephemeral=self.ephemeral,
        )
        interaction.message = message
        self.interactions[token] = interaction
        await self.send_event(interaction)
        if wait:
            await self.until(
                lambda: interaction.response or interaction.acknowledged_too_late, f"an answer to {data}"
            )
        return interaction


def _options(command: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Encode options as a Discord client does for a known command."""
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
            resolved[str(value.id)] = {**value.to_attachment(), "ephemeral": True}
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
