"""The channel for records: who asked for what, where, and what came of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from tests.support.in_process.guild import Town, open_town, text_of

MUTE = discord.PermissionOverwrite(send_messages=False)


async def choose(town: Town, channel: Any | None, **more: Any) -> None:
    """Name the channel for records, or none."""
    await town.app.guilds.change(
        town.guild.id,
        1,
        lambda old: replace(old, audit_channel=channel.id if channel else None, **more),
    )


async def ask(town: Town, person: Any, prompt: str, **options: Any) -> None:
    await person.slash(town.channel, "imagine", prompt=prompt, size="1K", **options)


def written(channel: Any) -> list[str]:
    return [text_of(message) for message in channel.history()]


async def wait(town: Town, seconds: float = 12) -> None:
    await town.env.advance_time(seconds)


async def test_several_requests_are_told_in_one_message_which_pings_nobody(town: Town) -> None:
    records = town.guild.create_text_channel("records")
    await choose(town, records)
    await ask(town, town.alice, "a *fox* @everyone", count=2)
    card = town.message
    await ask(town, town.bob, "blocked-prompt")
    await wait(town)
    text = "\n".join(written(records))
    assert f"<@{town.alice.id}>" in text and f"<@{town.bob.id}>" in text
    assert f"<#{town.channel.id}>" in text and "New picture" in text
    assert f"[2 pictures](https://discord.com/channels/{town.guild.id}/{town.channel.id}/{card.id})" in text
    assert "no picture: stopped by the safety filter" in text
    assert r"> a \*fox\* @" in text and "@everyone" not in text
    posts = [each for each in town.env.http_requests if each.path == f"/channels/{records.id}/messages"]
    assert all(each.json["allowed_mentions"]["parse"] == [] for each in posts)
    assert all(each.json["flags"] & discord.MessageFlags(suppress_notifications=True).value for each in posts)


async def test_many_requests_make_few_messages(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, MEMBER_RUNNING="9", RELAY_CONCURRENCY="9") as town:
        records = town.guild.create_text_channel("records")
        await choose(town, records)
        for number in range(8):
            await ask(town, town.alice, f"picture {number}")
        await town.until_answered()
        await wait(town)
        assert len(written(records)) <= 2
        assert all(f"picture {number}" in "\n".join(written(records)) for number in range(8))


async def test_nothing_is_told_where_no_channel_is_named(town: Town) -> None:
    records = town.guild.create_text_channel("records")
    await ask(town, town.alice, "a fox")
    await wait(town)
    await choose(town, records)
    await wait(town)
    assert written(records) == []


async def test_what_moderators_do_is_told_too(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        records = town.guild.create_text_channel("records")
        await choose(town, records)
        await ask(town, town.alice, "one")
        await ask(town, town.alice, "two")
        shown = await town.moderator.context_menu(town.channel, "Pause pictures", town.alice)
        paused = await town.fill(town.moderator, shown)
        await town.moderator.click(paused.response, custom_id=f"member:lift:{town.alice.id}")
        await town.until_answered()
        page = await town.moderator.slash(town.channel, "history", member=town.alice)
        await town.moderator.click(page.response, custom_id="job:remove:1")
        await wait(town)
        text, by = "\n".join(written(records)), f"<@{town.moderator.id}>"
        assert f"{by} paused <@{town.alice.id}> until" in text
        assert f"cancelled by {by}" in text and f"deleted by {by}" in text
        assert f"{by} lifted the pause of <@{town.alice.id}>" in text


async def test_records_are_in_the_servers_language(town: Town) -> None:
    records = town.guild.create_text_channel("records")
    await choose(town, records, language="zh-TW")
    await ask(town, town.alice, "a fox")
    await wait(town)
    assert "新圖" in written(records)[0] and "1 張圖" in written(records)[0]


async def test_what_moderators_do_is_told_as_the_server_speaks_where_nobody_asked_for_pictures(
    town: Town,
) -> None:
    guild = town.env.create_guild("Taipei", preferred_locale="zh-TW")
    records = guild.create_text_channel("records")
    await town.app.guilds.change(guild.id, 1, lambda old: replace(old, audit_channel=records.id))
    town.bot.records.lifted(guild.id, town.alice.id, town.moderator.id)
    await wait(town)
    assert "解除了" in "".join(written(records))


async def test_a_closed_channel_is_logged_once_and_holds_nothing_up(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ui.modlog.moderation_log._CLOSED_FOR", 60.0)
    assert town.bot.user is not None
    records = town.guild.create_text_channel("records", overwrites={town.bot.user: MUTE})
    await choose(town, records)
    with caplog.at_level(logging.WARNING, "bot.ui.modlog.moderation_log"):
        for number in range(3):
            await ask(town, town.alice, f"picture {number}")
            assert f"picture {number}" in town.card
            await wait(town)
        await wait(town, 60)
        await ask(town, town.alice, "later")
        await wait(town)
    assert sum("closed to the bot" in record.message for record in caplog.records) == 1
    tries = [each for each in town.env.http_requests if each.path == f"/channels/{records.id}/messages"]
    assert len(tries) == 2


async def test_a_line_that_could_not_be_sent_is_sent_later(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = town.guild.create_text_channel("records")
    await choose(town, records)
    send = discord.PartialMessageable.send
    failures = iter([OSError("the line is cut")])

    async def broken(self: Any, *args: Any, **kwargs: Any) -> Any:
        if (error := next(failures, None)) is not None:
            raise error
        return await send(self, *args, **kwargs)

    monkeypatch.setattr(discord.PartialMessageable, "send", broken)
    await ask(town, town.alice, "a fox")
    await wait(town, 20)
    (text,) = written(records)
    assert "a fox" in text
