"""Quotas as members meet them: told to them alone, drawn past it where the server likes, shown in /usage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.models import PastQuota
from tests.support.in_process.guild import Town, open_town, text_of


async def allow(town: Town, daily: int, *, past: PastQuota = "refuse") -> None:
    await town.app.guilds.change(
        town.guild.id, 1, lambda settings: replace(settings, daily=daily, past_quota=past)
    )


async def ask(town: Town, person: Any, prompt: str) -> Any:
    return await person.slash(town.channel, "imagine", prompt=prompt, size="1K")


async def test_past_the_quota_a_member_alone_reads_when_it_refills(town: Town) -> None:
    await allow(town, 1)
    await ask(town, town.alice, "one")
    card = town.message
    result = await ask(town, town.alice, "two")
    assert town.message.id == card.id
    told = text_of(result.followups[-1].message)
    assert "0 of 1" in told and ":R>" in told
    assert [asked["prompt"] for asked in town.asked] == ["one"]


async def test_moderators_have_no_quota(town: Town) -> None:
    await allow(town, 0)
    await ask(town, town.moderator, "one")
    assert [asked["prompt"] for asked in town.asked] == ["one"]


async def test_buttons_count_towards_the_quota_too(town: Town) -> None:
    await allow(town, 3)
    await ask(town, town.alice, "one")
    card = town.message
    for _ in range(4):
        await town.press(town.alice, "Again", card)
    assert len(town.asked) == 3


async def test_the_relaxed_lane_is_drawn_when_nobody_else_waits(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        await allow(town, 1, past="relaxed")
        for person, prompt in ((town.alice, "one"), (town.alice, "two"), (town.bob, "three")):
            await ask(town, person, prompt)
            if prompt == "two":
                assert "relaxed lane" in town.card
        queue = text_of((await town.alice.slash(town.channel, "queue")).response.message)
        assert "in the relaxed lane, number 2 in line" in queue
        await town.until_answered()
        assert [asked["prompt"] for asked in town.asked] == ["one", "three", "two"]


async def test_usage_shows_a_bar_and_when_it_refills(town: Town) -> None:
    await allow(town, 4)
    await ask(town, town.alice, "one")
    shown = text_of((await town.alice.slash(town.channel, "usage")).response.message)
    assert "▰▰▱▱▱▱▱▱▱▱\n1 of 4 pictures used today" in shown and "It refills <t:" in shown
    free = text_of((await town.moderator.slash(town.channel, "usage")).response.message)
    assert "no daily limit" in free


async def test_refusals_in_a_row_cool_a_member_down_for_all_their_servers(town: Town) -> None:
    for number in range(5):
        await ask(town, town.alice, f"blocked-prompt {number}")
    result = await ask(town, town.alice, "a fox")
    assert "refused too many of your requests" in text_of(result.followups[-1].message)
    await ask(town, town.bob, "a fox")
    assert [asked["prompt"] for asked in town.asked][-1:] == ["a fox"]
