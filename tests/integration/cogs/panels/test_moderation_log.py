"""The moderation log channel: requests, their outcomes, and moderators' actions."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import text_of

MUTE = discord.PermissionOverwrite(send_messages=False)


async def set_log_channel(sim: SimulatedGuild, channel: Any | None, **more: Any) -> None:
    """Set the server's moderation log channel, or none."""
    await sim.app.stores.guilds.change(
        sim.guild.id,
        1,
        lambda old: replace(old, audit_channel=channel.id if channel else None, **more),
    )


async def ask(sim: SimulatedGuild, person: Any, prompt: str, **options: Any) -> None:
    await person.slash(sim.channel, "imagine", prompt=prompt, size="1K", **options)


def written(channel: Any) -> list[str]:
    return [text_of(message) for message in channel.history()]


async def wait(sim: SimulatedGuild, seconds: float = 12) -> None:
    await sim.skip_time(seconds / 3, times=3)


async def test_several_requests_are_logged_in_one_silent_message(sim: SimulatedGuild) -> None:
    log_channel = sim.guild.create_text_channel("records")
    await set_log_channel(sim, log_channel)
    await ask(sim, sim.alice, "a *fox* @everyone", count=2)
    card = sim.message
    await ask(sim, sim.bob, "blocked-prompt")
    await wait(sim)
    text = "\n".join(written(log_channel))
    assert f"<@{sim.alice.id}>" in text and f"<@{sim.bob.id}>" in text
    assert f"<#{sim.channel.id}>" in text and "New picture" in text
    assert f"[2 pictures](https://discord.com/channels/{sim.guild.id}/{sim.channel.id}/{card.id})" in text
    assert "no picture: stopped by the safety filter" in text
    assert r"> a \*fox\* @" in text and "@everyone" not in text
    posts = [each for each in sim.env.http_requests if each.path == f"/channels/{log_channel.id}/messages"]
    assert all(each.json["allowed_mentions"]["parse"] == [] for each in posts)
    assert all(each.json["flags"] & discord.MessageFlags(suppress_notifications=True).value for each in posts)


async def test_many_requests_are_batched_into_few_messages(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, MEMBER_RUNNING="9", RELAY_CONCURRENCY="9") as sim:
        log_channel = sim.guild.create_text_channel("records")
        await set_log_channel(sim, log_channel)
        for number in range(8):
            await ask(sim, sim.alice, f"picture {number}")
        await sim.finish_jobs()
        await wait(sim)
        assert len(written(log_channel)) <= 2
        assert all(f"picture {number}" in "\n".join(written(log_channel)) for number in range(8))


async def test_nothing_is_logged_without_a_channel(sim: SimulatedGuild) -> None:
    log_channel = sim.guild.create_text_channel("records")
    await ask(sim, sim.alice, "a fox")
    await wait(sim)
    await set_log_channel(sim, log_channel)
    await wait(sim)
    assert written(log_channel) == []


async def test_moderators_actions_are_logged(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        log_channel = sim.guild.create_text_channel("records")
        await set_log_channel(sim, log_channel)
        await ask(sim, sim.alice, "one")
        await ask(sim, sim.alice, "two")
        shown = await sim.moderator.context_menu(sim.channel, "Pause pictures", sim.alice)
        paused = await sim.fill(sim.moderator, shown)
        await sim.moderator.click(paused.response, custom_id=f"member:lift:{sim.alice.id}")
        await sim.finish_jobs()
        page = await sim.moderator.slash(sim.channel, "history", member=sim.alice)
        await sim.confirm(sim.moderator, page.response, "Delete", "off topic")
        await wait(sim)
        text, by = "\n".join(written(log_channel)), f"<@{sim.moderator.id}>"
        assert f"{by} paused <@{sim.alice.id}> until" in text
        assert f"cancelled by {by}" in text and f"deleted by {by}: off topic" in text
        assert f"{by} lifted <@{sim.alice.id}>'s pause" in text


async def test_entries_are_in_the_servers_language(sim: SimulatedGuild) -> None:
    log_channel = sim.guild.create_text_channel("records")
    await set_log_channel(sim, log_channel, language="zh-TW")
    await ask(sim, sim.alice, "a fox")
    await wait(sim)
    assert "新圖" in written(log_channel)[0] and "1 張圖" in written(log_channel)[0]


async def test_entries_use_the_servers_locale_before_any_request_was_made(
    sim: SimulatedGuild,
) -> None:
    guild = sim.env.create_guild("Taipei", preferred_locale="zh-TW")
    log_channel = guild.create_text_channel("records")
    await sim.app.stores.guilds.change(guild.id, 1, lambda old: replace(old, audit_channel=log_channel.id))
    sim.bot.moderation_log.pause_lifted(guild.id, sim.alice.id, sim.moderator.id)
    await wait(sim)
    assert "解除了" in "".join(written(log_channel))


async def test_an_inaccessible_channel_is_reported_once_and_blocks_nothing(
    sim: SimulatedGuild, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ui.modlog.moderation_log._ACCESS_RETRY", 60.0)
    assert sim.bot.user is not None
    log_channel = sim.guild.create_text_channel("records", overwrites={sim.bot.user: MUTE})
    await set_log_channel(sim, log_channel)
    with caplog.at_level(logging.WARNING, "bot.ui.modlog.moderation_log"):
        for number in range(3):
            await ask(sim, sim.alice, f"picture {number}")
            assert f"picture {number}" in sim.card
            await wait(sim)
        await wait(sim, 60)
        await ask(sim, sim.alice, "later")
        await wait(sim)
    assert sum("no access to the moderation log" in record.message for record in caplog.records) == 1
    tries = [each for each in sim.env.http_requests if each.path == f"/channels/{log_channel.id}/messages"]
    assert len(tries) == 2


async def test_an_entry_that_could_not_be_sent_is_retried(
    sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_channel = sim.guild.create_text_channel("records")
    await set_log_channel(sim, log_channel)
    send = discord.PartialMessageable.send
    failures = iter([OSError("connection lost")])

    async def broken(self: Any, *args: Any, **kwargs: Any) -> Any:
        if (error := next(failures, None)) is not None:
            raise error
        return await send(self, *args, **kwargs)

    monkeypatch.setattr(discord.PartialMessageable, "send", broken)
    await ask(sim, sim.alice, "a fox")
    await wait(sim, 20)
    (text,) = written(log_channel)
    assert "a fox" in text
