"""How many taps the ten most frequent jobs take: those of docs/cards.md, counted by doing the jobs.

A tap is a press of a button, a menu entry, a file or Send; typing isn't counted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import file_urls, gallery_of
from tests.support.in_process.messages import PHOTO, bot_mention

DOCUMENT = Path(__file__).parents[3] / "docs" / "cards.md"
ONE_MORE = {"Vary one of four", "Delete"}
"""Jobs that take one tap more than with Midjourney's bot."""


@dataclass(slots=True)
class Member:
    """A member in front of a card with four pictures, whose taps are counted."""

    sim: SimulatedGuild
    card: discord.Message
    taps: int = 0

    async def command(self, name: str, **options: Any) -> None:
        """Choose a command and send it."""
        self.taps += 2
        await self.sim.alice.slash(self.sim.channel, name, **options)

    async def press(self, label: str, shown: Any) -> Any:
        """Press a button."""
        self.taps += 1
        return await self.sim.press(self.sim.alice, label, shown)

    async def submit(self, form: Any, prompt: str) -> None:
        """Submit a form in which nothing but the prompt is typed."""
        self.taps += 1
        await self.sim.fill(self.sim.alice, form, prompt=prompt)

    async def send(self, text: str, *, photos: int = 0, **more: Any) -> None:
        """Send a message that mentions the bot; each photo is attached by a button and chosen."""
        self.taps += 2 * photos + 1
        files = [("photo.jpg", PHOTO)] * photos
        await self.sim.alice.send(
            self.sim.channel, f"{bot_mention(self.sim)} {text}", attachments=files, **more
        )

    async def reply(self, text: str) -> None:
        """Press Reply on the card and send a message."""
        self.taps += 1
        await self.send(text, reply_to=self.card)

    async def app(self, name: str) -> Any:
        """Open the card's menu, Apps in it, and one of these."""
        self.taps += 3
        return await self.sim.alice.context_menu(self.sim.channel, name, self.card)


async def draw(member: Member) -> None:
    await member.command("imagine", prompt="an owl")


async def draw_again(member: Member) -> None:
    await member.press("Again", member.card)


async def see_large(member: Member) -> None:
    shown = (await member.press("2", member.card)).response
    assert [item.media.url for item in gallery_of(shown.message)] == file_urls(member.card)[1:2]


async def vary(member: Member) -> None:
    await member.press("Vary", (await member.press("2", member.card)).response)


async def enlarge(member: Member) -> None:
    await member.press("4K", (await member.press("2", member.card)).response)


async def edit(member: Member) -> None:
    await member.submit(await member.press("Edit", member.card), "an owl")


async def edit_by_reply(member: Member) -> None:
    await member.reply("an owl")


async def remix(member: Member) -> None:
    await member.submit(await member.app("Remix"), "an owl")


async def remix_an_upload(member: Member) -> None:
    await member.send("an owl", photos=1)


async def save(member: Member) -> None:
    shown = (await member.press("More", member.card)).response
    await member.press("Save to my DMs", shown)
    assert gallery_of(member.sim.alice.user.dm_channel.last_message)


async def delete(member: Member) -> None:
    shown = (await member.press("More", member.card)).response
    await member.press("Delete", shown)
    await member.press("Delete", shown)
    assert not member.sim.channel.history()


Job = Callable[[Member], Awaitable[None]]
ON_FOUR = {see_large, vary, enlarge}
"""Done on a card with four pictures; the others on one with a single picture."""
DRAWN_NOTHING = {see_large, save, delete}
JOBS: dict[str, list[Job]] = {
    "Draw a prompt": [draw],
    "Draw again": [draw_again],
    "See one of four large": [see_large],
    "Vary one of four": [vary],
    "One of four in the largest size": [enlarge],
    "Change it by words": [edit, edit_by_reply],
    "Remix a picture seen": [remix],
    "Remix an own upload": [remix_an_upload],
    "Save to direct messages": [save],
    "Delete": [delete],
}
"""How the jobs of the table are done."""


def table() -> dict[str, tuple[int, int]]:
    """Return the taps of each job here and with Midjourney's bot, as documented."""
    section = DOCUMENT.read_text().partition("## How many taps")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if "|" in line]
    return {job: (int(here), int(there)) for job, _, here, _, there in rows[2:]}


@pytest.mark.parametrize(("name", "job"), [(name, job) for name, jobs in JOBS.items() for job in jobs])
async def test_a_job_takes_as_many_taps_as_documented(sim: SimulatedGuild, name: str, job: Job) -> None:
    count = 4 if job in ON_FOUR else 1
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", count=count)
    member, drawn = Member(sim, sim.message), len(sim.relay_requests)
    await job(member)
    await sim.finish_jobs()
    assert member.taps == table()[name][0]
    assert len(sim.relay_requests) == drawn + (job not in DRAWN_NOTHING)


def test_no_job_takes_more_taps_than_with_midjourneys_bot_but_two_that_take_one_more() -> None:
    assert set(table()) == set(JOBS)
    assert {job for job, (here, there) in table().items() if here > there} == ONE_MORE
    assert all(here - there <= 1 for here, there in table().values())
