"""Keeping order: what managers and moderators get wrong, and the records of what everybody does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import discord

from bot.domain.models import Style, StyleOwner
from bot.domain.request_rules import MOST_STYLES
from tests.support.browser.actions import Acting

_SILENT = discord.PermissionOverwrite(send_messages=False)


class Order(Acting):
    """A manager who gets things wrong, and a member who may not touch them."""

    async def set_wrongly(self) -> None:
        """Fill in the settings with what can't be."""
        guild = self._channel.guild
        async with self._page.still():
            closed = guild.create_text_channel("closed", overwrites={self._bot.user: _SILENT})
            roles = [guild.create_role(f"Role {number}") for number in range(26)]
            await self._rule(daily=5, daily_by_role={role.id: 9 for role in roles[:25]})
            panel = await self._panel("access")
            await self._write("rule.not-a-number", panel, "access:daily:form", "many")
            form = await self._pick(panel, "settings:access:daily_by_role:menu", [roles[25]])
            await self._fill("rule.too-many-roles", self._mei, form, "9")
            await self._write("rule.no-zone", panel, "access:time_zone:form", "Atlantis")
            panel = await self._panel("records")
            await self._write("rule.word-too-long", panel, "records:blocked_words:form", "a" * 61)
            words = "\n".join(f"w{number}" for number in range(501))
            await self._write("rule.too-many-words", panel, "records:blocked_words:form", words)
            self._note(
                "rule.audit-closed", await self._pick(panel, "settings:records:audit_channel:menu", [closed])
            )

    async def keep_styles_wrongly(self) -> None:
        """Name styles as they can't be named, keep too many, and pick one that is gone."""
        name, text = self._words["style-name"], self._words["style-text"]
        owner = StyleOwner(kind="member", id=self._you.id)
        async with self._page.still():
            kept = await self._keep_style()
            shelf = await self._slash("styles", "styles")
            await self._you.click(shelf.response, custom_id="style:list:member:0")
            for rule, texts in (
                ("rule.style-taken", (name, text)),
                ("rule.style-name", (" ", text)),
                ("rule.style-text", (self._words["no-style"], " ")),
            ):
                await self._fill(rule, self._you, await self._new_style(shelf), *texts)
            for number in range(MOST_STYLES["member"] - 1):
                await self._app.personal.add_style(owner, Style(name=f"{name} {number}", text=text))
            form = await self._new_style(shelf)
            await self._fill("rule.too-many-styles", self._you, form, self._words["no-style"], text)
            await self._app.personal.delete_style(kept)
            picked = await self._you.select(
                shelf.response, [_option(shelf, name)], custom_id="style-pick:member"
            )
            self._note("rule.style-gone", picked)

    async def overstep(self) -> None:
        """Do what is only for moderators and managers, and not to everybody."""
        async with self._page.still():
            robot = self._channel.guild.add_member(self._env.create_user("robot", bot=True))
            await self._slash("rule.moderators-only", "history", member=self._mei)
            for name, target in (("rule.pause-bot", robot), ("rule.pause-moderator", self._mei)):
                menu = await self._mei.context_menu(self._channel, "Pause pictures", target)
                self._note(name, menu)
            panel = await self._panel("access")
            shelf = await self._slash("styles", "styles", by=self._mei)
            guild = self._channel.guild
            self._env.backend.get_role(guild.id, guild.roles["Moderators"].id).permissions = 0
            page = await self._mei.click(panel.response, custom_id="settings:records:page:")
            self._note("rule.managers-only", page)
            new = await self._mei.click(shelf.response, custom_id=_first(shelf, "style:new:"))
            self._note("rule.not-your-style", new)

    async def _panel(self, page: str) -> Any:
        panel = await self._slash("panel", "settings", by=self._mei)
        await self._mei.click(panel.response, custom_id=f"settings:{page}:page:")
        return panel

    async def _write(self, name: str, panel: Any, button: str, text: str) -> None:
        form = await self._mei.click(panel.response, custom_id=f"settings:{button}")
        await self._fill(name, self._mei, form, text)

    async def _pick(self, panel: Any, menu: str, picked: Sequence[Any]) -> Any:
        return await self._mei.select(panel.response, picked, custom_id=_first(panel, menu))

    async def _new_style(self, shelf: Any) -> Any:
        return await self._you.click(shelf.response, custom_id=_first(shelf, "style:new:"))


def _first(result: Any, beginning: str) -> str:
    """Find a card's first part whose custom id begins so."""
    ids = (str(getattr(part, "custom_id", "")) for part in _parts(result.response.message.components))
    return next(found for found in ids if found.startswith(beginning))


def _option(result: Any, label: str) -> str:
    """Find what is picked by a label in a card's menus."""
    parts = _parts(result.response.message.components)
    options = (option for part in parts for option in getattr(part, "options", ()))
    return next(option.value for option in options if option.label == label)


def _parts(components: Sequence[Any]) -> Iterator[Any]:
    for component in components:
        yield component
        yield from _parts(getattr(component, "children", ()))
