"""Each way in refuses a third piece of a member's work at once, and serves everyone else."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.services.member_limits import MemberLimiter, MemberLimits
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import gallery_of, text_of
from tests.support.in_process.messages import bot_mention, write

REFUSED = "You already have 2 of these running"


def brief(total: int = 8) -> MemberLimiter:
    return MemberLimiter(total=total, timeout=0)


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncGenerator[SimulatedGuild]:
    limits = MemberLimits(
        references=brief(), pages=brief(), searches=brief(), files=brief(), personal_data=brief()
    )
    async with open_simulation(tmp_path, limits=limits, KEEP_ORIGINALS="true") as sim:
        yield sim


@pytest.fixture
async def busy(sim: SimulatedGuild) -> AsyncGenerator[SimulatedGuild]:
    """A server with a result, where two pieces of work of every kind are running for Alice."""
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    async with AsyncExitStack() as stack:
        limits = sim.bot.limits
        for limiter in (limits.references, limits.pages, limits.searches, limits.files):
            for _ in range(2):
                await stack.enter_async_context(limiter.permit(sim.alice.id))
        yield sim


async def refuse_or_show(sim: SimulatedGuild, person: Any, command: str, **options: str) -> str:
    result = await person.slash(sim.channel, command, **options)
    assert result.ephemeral
    return text_of(result.response.message)


@pytest.mark.parametrize("command", ["history", "styles"])
async def test_pages(busy: SimulatedGuild, command: str) -> None:
    assert REFUSED in await refuse_or_show(busy, busy.alice, command)
    assert REFUSED not in await refuse_or_show(busy, busy.bob, command)


async def test_a_members_history_for_moderators(busy: SimulatedGuild) -> None:
    async with (
        busy.bot.limits.pages.permit(busy.moderator.id),
        busy.bot.limits.pages.permit(busy.moderator.id),
    ):
        shown = await refuse_or_show(busy, busy.moderator, "history", member=busy.alice)
    assert REFUSED in shown
    assert "a fox" in await refuse_or_show(busy, busy.moderator, "history", member=busy.alice)


async def test_links_of_remixes(busy: SimulatedGuild) -> None:
    card = busy.message
    link = card.jump_url
    result = await busy.alice.slash(busy.channel, "remix", url=link, prompt="in winter", size="1K")
    assert REFUSED in text_of(result.followups[-1].message)
    assert len(busy.relay_requests) == 1
    await busy.bob.slash(busy.channel, "remix", url=link, prompt="in summer", size="1K")
    assert len(busy.relay_requests) == 2 and gallery_of(busy.message)


async def test_mentions_that_reply_to_a_picture(busy: SimulatedGuild) -> None:
    card = busy.message
    await write(busy, busy.alice, f"{bot_mention(busy)} in winter", reply_to=card)
    assert len(busy.relay_requests) == 1
    await write(busy, busy.alice, f"{bot_mention(busy)} an owl")
    await write(busy, busy.bob, f"{bot_mention(busy)} in summer", reply_to=card)
    assert [request.get("image") is not None for request in busy.relay_requests] == [False, False, True]


@pytest.mark.parametrize("action", ["save", "original"])
async def test_copies_of_pictures(busy: SimulatedGuild, action: str) -> None:
    for person, refused in ((busy.alice, True), (busy.bob, False)):
        shown = (await busy.press(person, "More")).response
        result = await person.click(shown, custom_id=f"job:{action}:1")
        assert (REFUSED in text_of(result.response.message)) is refused


async def test_results_that_are_posted_again(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    other, files = sim.guild.create_text_channel("other"), sim.bot.limits.files
    listed = await sim.alice.slash(other, "history")
    async with files.permit(sim.alice.id), files.permit(sim.alice.id):
        result = await sim.alice.click(listed.response, custom_id=f"job:post:{sim.first_job}")
    assert REFUSED in text_of(result.followups[-1].message) and not other.history()
    async with files.permit(sim.bob.id), files.permit(sim.bob.id):
        await sim.alice.click(listed.response, custom_id=f"job:post:{sim.first_job}")
    assert gallery_of(other.last_message)


async def test_exports(sim: SimulatedGuild) -> None:
    for person, refused in ((sim.alice, True), (sim.bob, False)):
        page = (await person.slash(sim.channel, "privacy")).response
        limit = sim.bot.limits.personal_data
        async with limit.permit(sim.alice.id), limit.permit(sim.alice.id):
            result = await person.click(page, custom_id="privacy:export")
        assert (REFUSED in text_of(result.followups[-1].message)) is refused


async def test_suggestions_are_empty_while_searches_run(busy: SimulatedGuild) -> None:
    assert await busy.alice.autocomplete(busy.channel, "remix", "url", "") == []
    (choice,) = await busy.bob.autocomplete(busy.channel, "remix", "url", "")
    assert choice["name"].startswith("a fox")


async def test_everyone_is_told_when_the_bot_does_as_much_as_it_may(tmp_path: Path) -> None:
    limits = MemberLimits(searches=brief(total=1))
    async with open_simulation(tmp_path, limits=limits) as sim:
        async with limits.searches.permit(sim.alice.id):
            assert "Too many people" in await refuse_or_show(sim, sim.bob, "history")
        assert "no results yet" in await refuse_or_show(sim, sim.bob, "history")
