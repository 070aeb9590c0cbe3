"""What people of the playground's server can do, and where the cards are that come of it."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import discord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.demo.page.playground import Playground
from bot.domain.guild_settings import GuildSettings
from bot.domain.models import Job, KeptStyle, Style, StyleOwner
from bot.ui.cards.buttons import buttons_on
from tests.support.browser.sample_texts import WORDS

_SMALL = 60_000
"""Bytes, fewer than any picture has."""


class Acting:
    """A member and a manager; ``shown`` are the cards' messages by name."""

    def __init__(self, playground: Playground, locale: str) -> None:
        self._page = playground.page
        self._channel = playground.channel
        self._app = playground.app
        self._bot = playground.bot
        self._env = playground.env
        self._locale = locale
        self._words = WORDS[locale]
        self._you, self._mei = playground.viewers
        self._results: dict[str, Any] = {}
        self.shown: dict[str, int] = {}

    async def _imagine(self, name: str, *, size: str = "1K", **options: Any) -> Any:
        prompt = options.pop("prompt", None) or self._words[name]
        return await self._slash(name, "imagine", prompt=prompt, size=size, **options)

    async def _slash(self, name: str, command: str, *, by: Any = None, **options: Any) -> Any:
        return self._note(name, await (by or self._you).slash(self._channel, command, **options))

    async def _mention(self, name: str, text: str, *, by: Any = None, **more: Any) -> None:
        """Mention the bot, which answers with a message."""
        await (by or self._you).send(self._channel, f"<@{self._bot.user.id}> {text}", **more)  # pyright: ignore[reportOptionalMemberAccess]  # connected
        self.shown[name] = self._channel.last_message.id

    async def _press(self, action: str, result: Any, *, by: Any = None) -> Any:
        """Press a button of the first request on a card."""
        return await (by or self._you).click(result.response, custom_id=f"job:{action}:{job_on(result)}")

    async def _job(self, result: Any) -> Job:
        """Look a card's first request up."""
        return await self._app.service.job(job_on(result))

    async def _fill(self, name: str, by: Any, form: Any, *texts: str) -> Any:
        """Send a form off with these texts, the rest as it was filled in."""
        values: dict[str, Any] = {}
        written = list(texts)
        for label in form.modal["components"]:
            field = label["component"]
            if "options" in field:
                chosen = [option["value"] for option in field["options"] if option.get("default")]
                values[field["custom_id"]] = chosen
            else:
                values[field["custom_id"]] = written.pop(0) if written else field.get("value") or ""
        return self._note(name, await by.submit_modal(form, values))

    async def _until_answered(self) -> None:
        """Let every request come to its end, so that there are cards with buttons."""
        while await self._app.jobs.open_ids():
            await self._until_all_called()

    async def _until_all_called(self) -> None:
        """Let the service answer every call."""
        if jobs := [task for task in asyncio.all_tasks() if task.get_name().startswith("job ")]:
            await asyncio.wait(jobs)
        await self._env.settle()

    def _note(self, name: str, result: Any) -> Any:
        """Keep where an answer is."""
        self._results[name] = result
        self.shown[name] = (result.followups[-1] if result.followups else result.response).id
        return result

    async def _lack(self, **permissions: bool) -> None:
        """Give the bot permissions in the channel, or take them away."""
        allowed, denied = discord.PermissionOverwrite(**permissions).pair()
        overwrite = Overwrite(self._bot.user.id, OverwriteType.MEMBER, allowed.value, denied.value)  # pyright: ignore[reportOptionalMemberAccess]  # connected
        self._env.backend.set_overwrite(self._channel.id, overwrite)
        await self._env.settle()

    async def _keep_style(self) -> KeptStyle:
        """Have the member keep a style."""
        style = Style(name=self._words["style-name"], text=self._words["style-text"])
        return await self._app.personal.add_style(StyleOwner(kind="member", id=self._you.id), style)

    async def _rule(self, **values: Any) -> None:
        """Change rules of the server."""

        def change(old: GuildSettings) -> GuildSettings:
            return replace(old, **values)

        await self._app.guilds.change(self._channel.guild.id, self._mei.id, change)

    @contextmanager
    def _small_uploads(self, most: int = _SMALL) -> Generator[None]:
        """Let interactions come from a place where files of so many bytes may be uploaded."""
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
    return next(number for _, number in buttons_on(result.response.message.components))
