"""A server that the bot isn't for is left with a word, and never one that the bot was on already."""

from __future__ import annotations

from typing import Any

import discord

from bot.ui.i18n.texts import Texts
from cogs.allowed_servers import AllowedServersCog

ALLOWED = 400_000_000_000_000_001


class Channel:
    def __init__(self) -> None:
        self.sent: list[Any] = []

    def permissions_for(self, _: object) -> discord.Permissions:
        return discord.Permissions.all()

    async def send(self, **message: Any) -> None:
        self.sent.append(message)


class Server:
    preferred_locale = "en-US"
    me = None

    def __init__(self, id_: int) -> None:
        self.id = id_
        self.system_channel = Channel()
        self.is_left = False

    async def leave(self) -> None:
        self.is_left = True


class Client:
    def __init__(self, *guilds: Server) -> None:
        self.guilds = guilds


async def test_only_other_servers_are_left_when_they_add_the_bot(caplog: Any) -> None:
    allowed, other = Server(ALLOWED), Server(5)
    client: Any = Client(allowed, other)
    cog: Any = AllowedServersCog(client, Texts.load(), {ALLOWED})
    await cog.on_ready()
    assert not other.is_left and "aren't in ALLOWED_SERVERS: 5" in caplog.text
    for server in (allowed, other):
        await cog.on_guild_join(server)
    assert (allowed.is_left, other.is_left) == (False, True)
    assert (len(allowed.system_channel.sent), len(other.system_channel.sent)) == (0, 1)
