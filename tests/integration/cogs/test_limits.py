"""A full line, and a member with too much in it: told at once, in words, with nothing left hanging."""

from __future__ import annotations

from pathlib import Path

from tests.support.in_process.guild import open_town, text_of


async def test_a_full_line_is_told_to_the_asker_alone_and_nothing_is_left_thinking(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, QUEUE_SIZE="1", RELAY_CONCURRENCY="1") as town:
        for person, prompt in ((town.alice, "one"), (town.bob, "two")):
            await person.slash(town.channel, "imagine", prompt=prompt, size="1K")
        last = town.message
        result = await town.moderator.slash(town.channel, "imagine", prompt="three", size="1K")
        (told,) = result.followups
        assert "The line is full" in text_of(told.message) and told.ephemeral
        assert town.message.id == last.id
        await town.until_answered()
        assert [asked["prompt"] for asked in town.asked] == ["one", "two"]


async def test_a_member_with_too_much_in_line_is_told_how_much_is_allowed(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, MEMBER_RUNNING="1", MEMBER_WAITING="1") as town:
        for prompt in ("one", "two", "three"):
            result = await town.alice.slash(town.channel, "imagine", prompt=prompt, size="1K")
        assert "may have: 1" in text_of(result.followups[0].message)
        await town.bob.slash(town.channel, "imagine", prompt="four", size="1K")
        await town.until_answered()
        assert sorted(asked["prompt"] for asked in town.asked) == ["four", "one", "two"]
