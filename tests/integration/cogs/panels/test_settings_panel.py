"""/settings: the panel's inputs, and who may use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import discord
import pytest

from bot.domain.guild_settings import GuildSettings
from bot.gateway.client import create_bot
from bot.services.guilds import RECENT
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, everything_in, text_of
from tests.support.in_process.settings_manager import SettingsManager, change_settings


async def test_editing_blocked_words_keeps_concurrent_additions(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await change_settings(sim, blocked_words=("one", "two"))
    await manager.open("records")
    shown = await manager.press("settings:records:blocked_words:form")
    (label,) = shown.modal["components"]
    assert label["component"]["value"] == "one\ntwo"
    await change_settings(sim, blocked_words=("one", "two", "three"))
    await manager.user.submit_modal(shown, {label["component"]["custom_id"]: "two\nfour"})
    assert (await manager.settings()).blocked_words == ("two", "three", "four")


async def test_quotas_are_set_for_everyone_and_by_role(sim: SimulatedGuild, manager: SettingsManager) -> None:
    artists = sim.guild.create_role("Artists")
    await manager.open("access")
    await manager.fill("access:daily", " 20 ")
    await manager.pick("access:past_quota", "relaxed")
    shown = await manager.pick("access:daily_by_role", artists)
    assert shown.modal["title"] == "Daily pictures: Artists"
    await sim.fill(manager.user, shown, how_many="５0")
    assert "Daily pictures per member: 20" in manager.text and f"<@&{artists.id}> 50" in manager.text
    settings = await manager.settings()
    assert (settings.daily, settings.past_quota) == (20, "relaxed")
    assert settings.daily_by_role == {artists.id: 50}
    await manager.fill("access:daily", "")
    assert "Role limits apply once there is a limit per member" in manager.text
    await sim.fill(manager.user, await manager.pick("access:daily_by_role", artists), how_many="")
    assert (await manager.settings()) == GuildSettings(past_quota="relaxed")


async def test_a_time_zone_is_found_by_the_name_of_a_city(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await manager.open("access")
    await manager.fill("access:time_zone", "上海")
    assert (
        "Time zone for daily limits: Asia/Shanghai" in manager.text
        and "The time there is 08:00" in manager.text
    )


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        ("access:daily", "many", "Enter a whole number from 0 to 10,000"),
        ("access:daily", "10001", "Enter a whole number from 0 to 10,000"),
        ("access:daily", "-1", "Enter a whole number from 0 to 10,000"),
        ("access:time_zone", "Atlantis", "don't know that time zone"),
        ("records:blocked_words", "x" * 61, "up to 60 characters"),
        ("records:blocked_words", "\n".join(f"w{n}" for n in range(501)), "500 words or 4,000 characters"),
    ],
)
async def test_invalid_input_is_explained_and_changes_nothing(
    sim: SimulatedGuild, manager: SettingsManager, form: str, text: str, says: str
) -> None:
    await manager.open(form.partition(":")[0])
    before = manager.text
    result = await manager.fill(form, text)
    told = [result.response, *result.followups]
    assert any(says in text_of(each.message) and each.ephemeral for each in told if each is not manager.shown)
    assert manager.text == before and await manager.settings() == GuildSettings()


async def test_the_audit_channel_must_be_writable(sim: SimulatedGuild, manager: SettingsManager) -> None:
    hidden = sim.guild.create_text_channel(
        "hidden", overwrites={sim.bot.user: discord.PermissionOverwrite(view_channel=False)}
    )
    await manager.open("records")
    result = await manager.pick("records:audit_channel", hidden)
    assert "can't write in that channel" in text_of(result.response.message)
    await manager.pick("records:audit_channel", sim.channel)
    assert (await manager.settings()).audit_channel == sim.channel.id
    await manager.press("settings:records:audit_channel:none")
    assert (await manager.settings()).audit_channel is None


async def test_the_panel_works_after_a_restart(sim: SimulatedGuild, manager: SettingsManager) -> None:
    await manager.open()
    await sim.env.restart_bot(create_bot(sim.app))
    await manager.pick("pictures:ratio", "3:2")
    await manager.press("settings:access:page:")
    await manager.fill("access:daily", "3")
    await manager.pick("access:roles", sim.guild.roles["Moderators"])
    settings = await manager.settings()
    assert (settings.ratio, settings.daily, len(settings.roles)) == ("3:2", 3, 1)


async def test_deleted_channels_and_roles_can_be_removed(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    role = sim.guild.create_role("Artists")
    await change_settings(
        sim, channels=frozenset({5}), roles=frozenset({6}), daily_by_role={7: 9}, audit_channel=8
    )
    await manager.open("access")
    assert "<#5>" in manager.text and not manager.menu("access:channels").default_values
    await sim.fill(manager.user, await manager.pick("access:daily_by_role", role), how_many="1")
    assert (await manager.settings()).daily_by_role == {role.id: 1}
    await manager.press("settings:access:channels:none")
    await manager.press("settings:access:roles:none")
    await manager.press("settings:records:page:")
    await manager.press("settings:records:audit_channel:none")
    assert await manager.settings() == GuildSettings(daily_by_role={role.id: 1})


@pytest.mark.parametrize(
    ("permissions", "may"),
    [
        ({"manage_guild": True}, True),
        ({"administrator": True}, True),
        ({"manage_messages": True, "manage_channels": True, "manage_roles": True}, False),
        ({}, False),
    ],
)
async def test_only_managers_can_open_the_panel(
    sim: SimulatedGuild, permissions: dict[str, bool], may: bool
) -> None:
    role = sim.guild.create_role("Some", permissions=discord.Permissions(**permissions))
    person = sim.guild.add_member(sim.env.create_user("someone"), roles=[role])
    assert ("settings" in person.available_commands(sim.channel)) is may
    # A server can allow the command to anyone, which doesn't make them managers.
    (command,) = [each for each in await sim.bot.tree.fetch_commands() if each.name == "settings"]
    sim.guild.set_command_permissions(command, {person: True})
    result = await person.slash(sim.channel, "settings")
    assert result.ephemeral
    assert ("Only people who can manage this server" in text_of(result.response.message)) is not may or may
    assert bool(buttons_of(result.response.message)) is may


async def test_a_former_manager_cannot_change_anything(sim: SimulatedGuild, manager: SettingsManager) -> None:
    await manager.open("records")
    form = await manager.press("settings:records:blocked_words:form")
    sim.env.backend.guilds[sim.guild.id].roles[manager.role.id].permissions = 0
    uses: Sequence[Any] = (
        lambda: manager.press("settings:pictures:page:"),
        lambda: manager.press("settings:records:paused:on"),
        lambda: manager.pick("records:language", "zh-CN"),
        lambda: manager.press("settings:records:blocked_words:form"),
        lambda: sim.fill(manager.user, form, words_and_phrases="fox"),
    )
    for use in uses:
        result = await use()
        assert result.modal is None
        told = [each for each in (result.response, *result.followups) if each and each.id != manager.shown.id]
        assert "Only people who can manage this server" in text_of(told[0].message) and told[0].ephemeral
    assert await manager.settings() == GuildSettings()
    assert await sim.app.stores.guilds.recent_changes(sim.guild.id, most=1) == []


@pytest.mark.parametrize("locale", ["en-US", "zh-CN", "zh-TW"])
async def test_the_fullest_panel_fits_into_a_message(
    sim: SimulatedGuild, manager: SettingsManager, locale: str
) -> None:
    sim.set_locale(manager.user, locale)
    full: dict[str, Any] = {
        "channels": frozenset(range(10**18, 10**18 + 25)),
        "roles": frozenset(range(10**18, 10**18 + 25)),
        "daily_by_role": {10**18 + n: 10_000 for n in range(25)},
        "blocked_words": tuple(f"word{n}" for n in range(500)),
        "audit_channel": 10**18,
        "paused": True,
    }
    for _ in range(RECENT // 2 + 1):
        await change_settings(sim, **full)
        await change_settings(sim, **asdict(GuildSettings()))
    await change_settings(sim, **full)
    for page in ("access", "records", "pictures"):
        await manager.open(page)
        parts = list(everything_in(manager.message))
        sections = [part for part in parts if isinstance(part, discord.SectionComponent)]
        assert len(parts) + len(sections) <= 40
        assert len(text_of(manager.message)) <= 4000


async def test_replies_without_a_mention_are_turned_on_and_off(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await manager.open()
    assert "Replies without a mention: off" in manager.text and "Discord hides other replies" in manager.text
    await manager.press("settings:pictures:replies_without_mention:on")
    assert "Replies without a mention: on" in manager.text
    assert (await manager.settings()).replies_without_mention
    await manager.press("settings:pictures:replies_without_mention:off")
    assert not (await manager.settings()).replies_without_mention
