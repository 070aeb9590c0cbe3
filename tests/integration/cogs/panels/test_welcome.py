"""What a server gets when the bot joins it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.backend import serializers

from bot.domain.models import StyleOwner
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, text_of


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncGenerator[SimulatedGuild]:
    async with open_simulation(tmp_path, WELCOME="true") as sim:
        yield sim


async def join(sim: SimulatedGuild, locale: str = "en-US", *, lacks: Collection[str] = ()) -> Any:
    """Add the bot to a server with a system channel; return the channel."""
    backend = sim.env.backend
    emit, backend.emit = backend.emit, withheld
    try:
        guild = sim.env.create_guild("New server", preferred_locale=locale)
        channel = guild.create_text_channel("general")
        model = backend.guilds[guild.id]
        model.system_channel_id = channel.id
        allowed = discord.Permissions.all()
        allowed.update(administrator=False, **dict.fromkeys(lacks, False))
        for role in model.roles.values():
            role.permissions = allowed.value
    finally:
        backend.emit = emit
    await announce(sim, model)
    return channel


def withheld(_event: str, _payload: Any) -> None:
    """Drop an event: the server isn't complete yet."""


async def announce(sim: SimulatedGuild, model: Any) -> None:
    payload = serializers.guild_create_payload(sim.env.backend, model)
    # Discord says whether it is unavailable only of servers that the bot was in before.
    del payload["unavailable"]
    sim.env.backend.emit("GUILD_CREATE", payload)
    await sim.env.settle()


async def style_names(sim: SimulatedGuild, guild_id: int) -> list[str]:
    saved = await sim.app.services.members.styles(StyleOwner(kind="guild", id=guild_id))
    return [kept.style.name for kept in saved]


async def test_a_server_is_welcomed_in_its_language_with_ten_styles(sim: SimulatedGuild) -> None:
    channel = await join(sim, "zh-TW")
    (welcome,) = channel.history()
    assert "我會畫圖" in text_of(welcome) and "`/settings`" in text_of(welcome)
    assert "缺少權限" not in text_of(welcome)
    assert list(buttons_of(welcome)) == ["試試看", "English", "简体中文"]
    names = await style_names(sim, channel.guild.id)
    assert len(names) == 10 and "水彩" in names


async def test_a_server_that_invites_the_bot_again_is_not_welcomed_again(sim: SimulatedGuild) -> None:
    channel = await join(sim)
    model = sim.env.backend.guilds[channel.guild.id]
    first, *_ = await sim.app.services.members.styles(StyleOwner(kind="guild", id=channel.guild.id))
    sim.env.backend.emit("GUILD_DELETE", {"id": str(model.id)})
    await sim.app.services.members.delete_style(first)
    await announce(sim, model)
    assert len(channel.history()) == 1
    assert len(await style_names(sim, model.id)) == 9


async def test_missing_permissions_are_named(sim: SimulatedGuild) -> None:
    (welcome,) = (await join(sim, lacks=["attach_files", "read_message_history"])).history()
    assert "missing permissions in this server: Attach Files · Read Message History" in text_of(
        welcome
    ).replace("*", "")


async def test_without_permission_to_write_nothing_is_posted(sim: SimulatedGuild) -> None:
    channel = await join(sim, lacks=["send_messages"])
    assert not channel.history()
    assert len(await style_names(sim, channel.guild.id)) == 10


async def test_the_buttons_try_an_example_and_translate(sim: SimulatedGuild) -> None:
    channel = await join(sim)
    (welcome,) = channel.history()
    newcomer = channel.guild.add_member(sim.env.create_user("newcomer"))
    buttons = buttons_of(welcome)
    translated = await newcomer.click(welcome, custom_id=buttons["简体中文"])
    assert translated.ephemeral and "我会画图" in text_of(translated.response.message)
    shown = await newcomer.click(welcome, custom_id=buttons["Try it"])
    await sim.fill(newcomer, shown)
    await sim.finish_jobs()
    assert [asked["prompt"] for asked in sim.relay_requests] == ["a lighthouse in a storm"]


async def test_the_operator_can_switch_it_off(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, WELCOME="false") as sim:
        channel = await join(sim)
        assert not channel.history() and not await style_names(sim, channel.guild.id)
