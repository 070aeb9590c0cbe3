"""Actions of a member and a manager on the playground, recording the cards that answer."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import discord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.demo.page.playground import Playground
from bot.domain.guild_settings import GuildSettings
from bot.domain.models import Job, SavedStyle, Style, StyleOwner
from bot.ui.cards.buttons.job_buttons import job_buttons_in
from tests.support.browser.sample_texts import SAMPLE_TEXTS

_SMALL_UPLOAD_LIMIT = 60_000
"""Bytes, fewer than any picture has, but enough for it once it is re-encoded."""


class Scenario:
    """A member and a manager; ``message_ids`` are the cards' messages by name."""

    def __init__(self, playground: Playground, locale: str) -> None:
        self._page = playground.page
        self._channel = playground.channel
        self._app = playground.app
        self._bot = playground.bot
        self._env = playground.env
        self._relay_calls = playground.relay_calls
        self._locale = locale
        self._texts = SAMPLE_TEXTS[locale]
        self._member, self._manager = playground.viewers
        self._results: dict[str, Any] = {}
        self.message_ids: dict[str, int] = {}

    async def _imagine(self, name: str, *, size: str = "1K", **options: Any) -> Any:
        prompt = options.pop("prompt", None) or self._texts[name]
        return await self._slash(name, "imagine", prompt=prompt, size=size, **options)

    async def _slash(self, name: str, command: str, *, by: Any = None, **options: Any) -> Any:
        return self._record(name, await (by or self._member).slash(self._channel, command, **options))

    async def _mention(self, name: str, text: str, *, by: Any = None, **more: Any) -> None:
        """Mention the bot, and record its answer."""
        await (by or self._member).send(self._channel, f"<@{self._bot.user.id}> {text}", **more)  # pyright: ignore[reportOptionalMemberAccess]  # connected
        self.message_ids[name] = self._channel.last_message.id

    async def _press(self, action: str, result: Any, *, by: Any = None) -> Any:
        """Press a button of the first request on a card."""
        return await (by or self._member).click(result.response, custom_id=f"job:{action}:{job_on(result)}")

    async def _job(self, result: Any) -> Job:
        """Load a card's first request."""
        return await self._app.services.queries.job(job_on(result))

    async def _fill(self, name: str, by: Any, form: Any, *texts: str) -> Any:
        """Submit a form with these texts, and the other fields as prefilled."""
        values: dict[str, Any] = {}
        written = list(texts)
        for label in form.modal["components"]:
            field = label["component"]
            if "options" in field:
                chosen = [option["value"] for option in field["options"] if option.get("default")]
                values[field["custom_id"]] = chosen
            else:
                values[field["custom_id"]] = written.pop(0) if written else field.get("value") or ""
        return self._record(name, await by.submit_modal(form, values))

    async def _wait_until_answered(self) -> None:
        """Wait until every request has ended."""
        while await self._app.stores.jobs.open_ids():
            await self._wait_for_relay_calls()

    async def _wait_for_relay_calls(self) -> None:
        """Wait until every call of the relay is answered."""
        await self._relay_calls.wait_until_answered()
        await self._env.settle()

    def _record(self, name: str, result: Any) -> Any:
        """Record where an answer is."""
        self._results[name] = result
        self.message_ids[name] = (result.followups[-1] if result.followups else result.response).id
        return result

    async def _set_bot_permissions(self, **permissions: bool) -> None:
        """Grant or deny permissions of the bot in the channel."""
        allowed, denied = discord.PermissionOverwrite(**permissions).pair()
        overwrite = Overwrite(self._bot.user.id, OverwriteType.MEMBER, allowed.value, denied.value)  # pyright: ignore[reportOptionalMemberAccess]  # connected
        self._env.backend.set_overwrite(self._channel.id, overwrite)
        await self._env.settle()

    async def _save_style(self) -> SavedStyle:
        """Save a style of the member."""
        style = Style(name=self._texts["style-name"], text=self._texts["style-text"])
        return await self._app.services.members.add_style(
            StyleOwner(kind="member", id=self._member.id), style
        )

    async def _set_rules(self, **values: Any) -> None:
        """Change settings of the server."""

        def change(old: GuildSettings) -> GuildSettings:
            return replace(old, **values)

        await self._app.stores.guilds.change(self._channel.guild.id, self._manager.id, change)

    @contextmanager
    def _limit_uploads(self, most: int = _SMALL_UPLOAD_LIMIT) -> Generator[None]:
        """Give interactions an upload limit of this many bytes."""
        backend = self._env.backend
        emit = backend.emit

        def small(event: str, payload: Mapping[str, Any]) -> None:
            limited = {**payload, "attachment_size_limit": most}
            emit(event, limited if event == "INTERACTION_CREATE" else payload)

        backend.emit = small
        try:
            yield
        finally:
            backend.emit = emit


def job_on(result: Any) -> int:
    """Return the number of a card's first request."""
    return next(number for _, number in job_buttons_in(result.response.message.components))
