"""Invalid input of managers and moderators, and missing permissions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import discord

from bot.domain.models import Style, StyleOwner
from bot.domain.request_rules import MAX_STYLES
from tests.support.browser.actions import Scenario

_SILENT = discord.PermissionOverwrite(send_messages=False)


class ModerationScenario(Scenario):
    """A manager's invalid input, and members without permission."""

    async def submit_invalid_settings(self) -> None:
        """Submit invalid settings."""
        guild = self._channel.guild
        async with self._page.paused():
            closed = guild.create_text_channel("closed", overwrites={self._bot.user: _SILENT})
            roles = [guild.create_role(f"Role {number}") for number in range(26)]
            await self._set_rules(daily=5, daily_by_role={role.id: 9 for role in roles[:25]})
            panel = await self._panel("access")
            await self._submit_form("rule.not-a-number", panel, "access:daily:form", "many")
            form = await self._select(panel, "settings:access:daily_by_role:menu", [roles[25]])
            await self._fill("rule.too-many-roles", self._manager, form, "9")
            await self._submit_form("rule.no-zone", panel, "access:time_zone:form", "Atlantis")
            panel = await self._panel("records")
            await self._submit_form("rule.word-too-long", panel, "records:blocked_words:form", "a" * 61)
            words = "\n".join(f"w{number}" for number in range(501))
            await self._submit_form("rule.too-many-words", panel, "records:blocked_words:form", words)
            self._record(
                "rule.audit-closed",
                await self._select(panel, "settings:records:audit_channel:menu", [closed]),
            )

    async def submit_invalid_styles(self) -> None:
        """Submit invalid styles, too many, and pick a deleted one."""
        name, text = self._texts["style-name"], self._texts["style-text"]
        owner = StyleOwner(kind="member", id=self._member.id)
        async with self._page.paused():
            kept = await self._save_style()
            shelf = await self._slash("styles", "styles")
            await self._member.click(shelf.response, custom_id="style:list:member:0")
            for rule, texts in (
                ("rule.style-taken", (name, text)),
                ("rule.style-name", (" ", text)),
                ("rule.style-text", (self._texts["no-style"], " ")),
            ):
                await self._fill(rule, self._member, await self._open_style_form(shelf), *texts)
            for number in range(MAX_STYLES["member"] - 1):
                await self._app.services.members.add_style(owner, Style(name=f"{name} {number}", text=text))
            form = await self._open_style_form(shelf)
            await self._fill("rule.too-many-styles", self._member, form, self._texts["no-style"], text)
            await self._app.services.members.delete_style(kept)
            picked = await self._member.select(
                shelf.response, [_find_option(shelf, name)], custom_id="style-pick:member"
            )
            self._record("rule.style-gone", picked)

    async def exceed_permissions(self) -> None:
        """Use moderators' and managers' functions without permission."""
        async with self._page.paused():
            robot = self._channel.guild.add_member(self._env.create_user("robot", bot=True))
            await self._slash("rule.moderators-only", "history", member=self._manager)
            for name, target in (("rule.pause-bot", robot), ("rule.pause-moderator", self._manager)):
                menu = await self._manager.context_menu(self._channel, "Pause pictures", target)
                self._record(name, menu)
            panel = await self._panel("access")
            shelf = await self._slash("styles", "styles", by=self._manager)
            guild = self._channel.guild
            self._env.backend.get_role(guild.id, guild.roles["Moderators"].id).permissions = 0
            page = await self._manager.click(panel.response, custom_id="settings:records:page:")
            self._record("rule.managers-only", page)
            new = await self._manager.click(shelf.response, custom_id=_find_custom_id(shelf, "style:new:"))
            self._record("rule.not-your-style", new)

    async def _panel(self, page: str) -> Any:
        panel = await self._slash("panel", "settings", by=self._manager)
        await self._manager.click(panel.response, custom_id=f"settings:{page}:page:")
        return panel

    async def _submit_form(self, name: str, panel: Any, button: str, text: str) -> None:
        form = await self._manager.click(panel.response, custom_id=f"settings:{button}")
        await self._fill(name, self._manager, form, text)

    async def _select(self, panel: Any, menu: str, picked: Sequence[Any]) -> Any:
        return await self._manager.select(panel.response, picked, custom_id=_find_custom_id(panel, menu))

    async def _open_style_form(self, shelf: Any) -> Any:
        return await self._member.click(shelf.response, custom_id=_find_custom_id(shelf, "style:new:"))


def _find_custom_id(result: Any, beginning: str) -> str:
    """Find a card's first custom id with a prefix."""
    ids = (str(getattr(part, "custom_id", "")) for part in _parts(result.response.message.components))
    return next(found for found in ids if found.startswith(beginning))


def _find_option(result: Any, label: str) -> str:
    """Find the value of a menu option by its label."""
    parts = _parts(result.response.message.components)
    options = (option for part in parts for option in getattr(part, "options", ()))
    return next(option.value for option in options if option.label == label)


def _parts(components: Sequence[Any]) -> Iterator[Any]:
    for component in components:
        yield component
        yield from _parts(getattr(component, "children", ()))
