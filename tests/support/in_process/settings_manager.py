"""A manager at the panel of /settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.domain.guild_settings import GuildSettings
from tests.support.in_process.guild import Town, everything_in, text_of

BOSSES = discord.Permissions(manage_guild=True)


class Manager:
    """A manager at the panel."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.role = town.guild.create_role("Bosses", permissions=BOSSES)
        self.boss = town.guild.add_member(town.env.create_user("boss"), roles=[self.role])
        self.shown: Any = None

    @property
    def message(self) -> discord.Message:
        return self.shown.message

    @property
    def text(self) -> str:
        return text_of(self.message).replace("*", "")

    async def open(self, page: str = "pictures") -> None:
        result = await self.boss.slash(self.town.channel, "settings")
        assert result.ephemeral
        self.shown = result.response
        if page != "pictures":
            await self.press(f"settings:{page}:page:")

    async def press(self, custom_id: str) -> Any:
        return await self.boss.click(self.shown, custom_id=custom_id)

    async def pick(self, menu: str, *values: Any) -> Any:
        return await self.boss.select(self.shown, list(values), custom_id=self.menu(menu).custom_id)

    async def fill(self, form: str, text: str) -> Any:
        shown = await self.press(f"settings:{form}:form")
        (label,) = shown.modal["components"]
        return await self.boss.submit_modal(shown, {label["component"]["custom_id"]: text})

    async def settings(self) -> GuildSettings:
        return await self.town.app.guilds.settings(self.town.guild.id)

    def menu(self, name: str) -> Any:
        (menu,) = [
            part
            for part in everything_in(self.message)
            if str(getattr(part, "custom_id", "")).startswith(f"settings:{name}:menu:")
        ]
        return menu


async def put(town: Town, **values: Any) -> None:
    await town.app.guilds.change(town.guild.id, 1, lambda settings: replace(settings, **values))
