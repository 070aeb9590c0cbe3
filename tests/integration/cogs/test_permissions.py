"""Who may press what: everyone against everything there is to press, in one table.

The stranger keeps order on another server, and meets the picture there, posted again by its asker. Commands
are opened to everyone first, so that it is the bot that refuses and not Discord's menu that hides.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest

from tests.support.in_process.guild import Town, buttons_of, open_town, text_of

PEOPLE = ("asker", "other", "moderator", "manager", "paused", "stranger")
MAY = {
    "cancel": "yes no yes yes no -",  # a card in line is nowhere else
    "delete": "yes no yes yes no no",
    "post": "yes no no no no no",
    "again": "yes yes yes yes no yes",
    "edit": "yes yes yes yes no yes",
    "remix": "yes yes yes yes no yes",
    "4K": "yes yes yes yes no yes",
    "more": "yes yes yes yes yes yes",
    "settings": "no no no yes no no",
    "history": "no no yes yes no no",
    "pause": "no no yes yes no no",
}
FOR_SOME = ("settings", "Pause pictures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A town and a village, and everyone in them; the asker lives in both."""

    town: Town
    people: dict[str, Any]
    village: Any
    asker_there: Any

    def place(self, who: str) -> Any:
        """Where somebody is."""
        return self.village if who == "stranger" else self.town.channel

    async def card(self, who: str) -> discord.Message:
        """Show a picture of the asker's where somebody meets it."""
        if self.town.channel.last_message is None:
            await self.town.alice.slash(self.town.channel, "imagine", prompt="a fox", size="1K")
        first: discord.Message = self.town.channel.history()[0]
        if who != "stranger":
            return first
        page = await self.asker_there.slash(self.village, "history")
        post = buttons_of(page.response.message)["Post here again"]
        await self.asker_there.click(page.response, custom_id=post)
        return self.village.last_message


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    async with open_town(tmp_path) as town:
        guild, other = town.guild, town.env.create_guild("Village")
        managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
        chiefs = other.create_role("Chiefs", permissions=discord.Permissions(manage_messages=True))
        people = {
            "asker": town.alice,
            "other": town.bob,
            "moderator": town.moderator,
            "manager": guild.add_member(town.env.create_user("manager"), roles=[managers]),
            "paused": guild.add_member(town.env.create_user("paused")),
            "stranger": other.add_member(town.env.create_user("stranger"), roles=[chiefs]),
        }
        for command in await town.bot.tree.fetch_commands():
            if command.name in FOR_SOME:
                guild.set_command_permissions(
                    command, {people[who]: True for who in PEOPLE if who != "stranger"}
                )
                other.set_command_permissions(command, {people["stranger"]: True})
        await town.app.moderating.pause(guild.id, people["paused"].id, by_id=1, seconds=9e9, reason="")
        yield Scene(
            town=town,
            people=people,
            village=other.create_text_channel("there"),
            asker_there=other.add_member(town.alice.user),
        )


async def may_draw(scene: Scene, press: Awaitable[Any]) -> bool:
    before = len(scene.town.asked)
    await press
    return len(scene.town.asked) > before


async def may_cancel(scene: Scene, who: str) -> bool:
    # Nobody is to draw it meanwhile.
    scene.town.bot._workshop._runner._draining = True  # pyright: ignore[reportPrivateUsage]  # held on purpose
    await scene.town.alice.slash(scene.town.channel, "imagine", prompt="a fox", size="1K")
    message = scene.town.message
    await scene.town.press(scene.people[who], "Cancel", message)
    (job_id,) = [int(custom_id.rpartition(":")[2]) for custom_id in buttons_of(message).values()][:1]
    return (await scene.town.app.service.job(job_id)).state == "cancelled"


async def may_delete(scene: Scene, who: str) -> bool:
    person, card = scene.people[who], await scene.card(who)
    more = await scene.town.press(person, "More", card)
    if "Delete" not in buttons_of(more.response.message):
        return False
    await scene.town.press(person, "Delete", more.response.message)
    return card.id not in [message.id for message in scene.town.channel.history()]


async def may_post(scene: Scene, who: str) -> bool:
    await scene.card(who)
    page = await scene.people[who].slash(scene.place(who), "history")
    return "Post here again" in buttons_of(page.response.message)


async def may_again(scene: Scene, who: str) -> bool:
    return await may_draw(scene, scene.town.press(scene.people[who], "Again", await scene.card(who)))


async def may_4k(scene: Scene, who: str) -> bool:
    return await may_draw(scene, scene.town.press(scene.people[who], "4K", await scene.card(who)))


async def may_edit(scene: Scene, who: str) -> bool:
    form = await scene.town.press(scene.people[who], "Edit", await scene.card(who))
    return await may_draw(scene, scene.town.fill(scene.people[who], form, prompt="two foxes"))


async def may_remix(scene: Scene, who: str) -> bool:
    form = await scene.town.press(scene.people[who], "Remix", await scene.card(who))
    return await may_draw(scene, scene.town.fill(scene.people[who], form, prompt="at night", size="1K"))


async def may_more(scene: Scene, who: str) -> bool:
    more = await scene.town.press(scene.people[who], "More", await scene.card(who))
    return bool(more.ephemeral) and "a fox" in text_of(more.response.message)


async def may_settings(scene: Scene, who: str) -> bool:
    panel = await scene.people[who].slash(scene.place(who), "settings")
    return bool(buttons_of(panel.response.message))


async def may_history(scene: Scene, who: str) -> bool:
    """Whether they see what the asker made in town as somebody else's."""
    await scene.card(who)
    member = scene.asker_there if who == "stranger" else scene.town.alice
    page = await scene.people[who].slash(scene.place(who), "history", member=member)
    assert page.ephemeral
    return "job:remove:1" in buttons_of(page.response.message).values()


async def may_pause(scene: Scene, who: str) -> bool:
    """Whether somebody whom they try to pause can't ask in town any more."""
    user = scene.town.env.create_user(f"target of {who}")
    target = scene.town.guild.add_member(user)
    here = scene.village.guild.add_member(user) if who == "stranger" else target
    form = await scene.people[who].context_menu(scene.place(who), "Pause pictures", here)
    if form.modal:
        await scene.town.fill(scene.people[who], form)
    return not await may_draw(scene, scene.town.press(target, "Again", await scene.card("other")))


TRIES: dict[str, Callable[[Scene, str], Awaitable[bool]]] = {
    "cancel": may_cancel,
    "delete": may_delete,
    "post": may_post,
    "again": may_again,
    "edit": may_edit,
    "remix": may_remix,
    "4K": may_4k,
    "more": may_more,
    "settings": may_settings,
    "history": may_history,
    "pause": may_pause,
}


@pytest.mark.parametrize("what", MAY)
async def test_everyone_may_what_the_table_says_and_no_more(scene: Scene, what: str) -> None:
    expected = dict(zip(PEOPLE, MAY[what].split(), strict=True))
    found = {who: "yes" if await TRIES[what](scene, who) else "no" for who in PEOPLE if expected[who] != "-"}
    assert found == {who: may for who, may in expected.items() if may != "-"}
