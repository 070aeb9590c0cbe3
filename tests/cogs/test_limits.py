"""A full line, and a member with too much in it: told at once, in words, with nothing left hanging."""

from __future__ import annotations

from pathlib import Path

from town import open_town


async def test_a_full_line_turns_the_deferred_message_into_words(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, QUEUE_SIZE="1", RELAY_CONCURRENCY="1") as town:
        for person, prompt in ((town.alice, "one"), (town.bob, "two"), (town.moderator, "three")):
            await person.slash(town.channel, "imagine", prompt=prompt, size="1K")
        assert "The line is full" in town.card
        assert not town.message.flags.loading
        await town.until_answered()
        assert [asked["prompt"] for asked in town.asked] == ["one", "two"]


async def test_a_member_with_too_much_in_line_is_told_how_much_is_allowed(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, MEMBER_RUNNING="1", MEMBER_WAITING="1") as town:
        for prompt in ("one", "two", "three"):
            await town.alice.slash(town.channel, "imagine", prompt=prompt, size="1K")
        assert "may have: 1" in town.card
        await town.bob.slash(town.channel, "imagine", prompt="four", size="1K")
        await town.until_answered()
        assert sorted(asked["prompt"] for asked in town.asked) == ["four", "one", "two"]
