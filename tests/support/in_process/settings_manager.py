"""Drives the panel of /settings as a member who may manage the server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.domain.guild_settings import GuildSettings
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import everything_in, text_of

MANAGER_PERMISSIONS = discord.Permissions(manage_guild=True)


class SettingsManager:
    """A member with Manage Server, and the panel they have open."""

    def __init__(self, sim: SimulatedGuild) -> None:
        self.sim = sim
        self.role = sim.guild.create_role("Managers", permissions=MANAGER_PERMISSIONS)
        self.user = sim.guild.add_member(sim.env.create_user("manager"), roles=[self.role])
        self.shown: Any = None

    @property
    def message(self) -> discord.Message:
        return self.shown.message

    @property
    def text(self) -> str:
        return text_of(self.message).replace("*", "")

    async def open(self, page: str = "pictures") -> None:
        result = await self.user.slash(self.sim.channel, "settings")
        assert result.ephemeral
        self.shown = result.response
        if page != "pictures":
            await self.press(f"settings:{page}:page:")

    async def press(self, custom_id: str) -> Any:
        return await self.user.click(self.shown, custom_id=custom_id)

    async def pick(self, menu: str, *values: Any) -> Any:
        return await self.user.select(self.shown, list(values), custom_id=self.menu(menu).custom_id)

    async def fill(self, form: str, text: str) -> Any:
        shown = await self.press(f"settings:{form}:form")
        (label,) = shown.modal["components"]
        return await self.user.submit_modal(shown, {label["component"]["custom_id"]: text})

    async def settings(self) -> GuildSettings:
        return await self.sim.app.stores.guilds.settings(self.sim.guild.id)

    def menu(self, name: str) -> Any:
        (menu,) = [
            part
            for part in everything_in(self.message)
            if str(getattr(part, "custom_id", "")).startswith(f"settings:{name}:menu:")
        ]
        return menu


async def change_settings(sim: SimulatedGuild, **values: Any) -> None:
    await sim.app.stores.guilds.change(sim.guild.id, 1, lambda settings: replace(settings, **values))
