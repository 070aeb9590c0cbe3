"""Permissions: one table of who may use which command and button.

The stranger moderates another server, where the requester has posted the picture again. Every command is
allowed for everyone first, so that the bot itself has to refuse, not Discord's permissions.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
import pytest
import pytest_asyncio

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, text_of

PEOPLE = ("requester", "other", "moderator", "manager", "paused", "stranger")
MAY = {
    "cancel": "yes no yes yes no -",  # a waiting card can't be posted on another server
    "delete": "yes no yes yes no yes",  # the stranger moderates the server of the copy
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
RESTRICTED = ("settings", "Pause pictures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Two servers and their members; the requester is a member of both."""

    sim: SimulatedGuild
    people: dict[str, Any]
    other_channel: Any
    requester_there: Any

    def place(self, who: str) -> Any:
        """Return the channel of a person."""
        return self.other_channel if who == "stranger" else self.sim.channel

    async def card(self, who: str) -> discord.Message:
        """Return the requester's result in the channel of a person."""
        if self.sim.channel.last_message is None:
            await self.sim.alice.slash(self.sim.channel, "imagine", prompt="a fox", size="1K")
        first: discord.Message = self.sim.channel.history()[0]
        if who != "stranger":
            return first
        page = await self.requester_there.slash(self.other_channel, "history")
        post = buttons_of(page.response.message)["Post here again"]
        await self.requester_there.click(page.response, custom_id=post)
        return self.other_channel.last_message


@pytest_asyncio.fixture(loop_scope="module")
async def scene(sim: SimulatedGuild) -> AsyncGenerator[Scene]:
    guild, other = sim.guild, sim.env.create_guild("Other server")
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    moderators = other.create_role("Moderators", permissions=discord.Permissions(manage_messages=True))
    people = {
        "requester": sim.alice,
        "other": sim.bob,
        "moderator": sim.moderator,
        "manager": guild.add_member(sim.env.create_user("manager"), roles=[managers]),
        "paused": guild.add_member(sim.env.create_user("paused")),
        "stranger": other.add_member(sim.env.create_user("stranger"), roles=[moderators]),
    }
    for command in await sim.bot.tree.fetch_commands():
        if command.name in RESTRICTED:
            guild.set_command_permissions(command, {people[who]: True for who in PEOPLE if who != "stranger"})
            other.set_command_permissions(command, {people["stranger"]: True})
    await sim.app.services.moderation.pause(guild.id, people["paused"].id, by_id=1, seconds=9e9, reason="")
    yield Scene(
        sim=sim,
        people=people,
        other_channel=other.create_text_channel("there"),
        requester_there=other.add_member(sim.alice.user),
    )
    _set_draining(sim, draining=False)


def _set_draining(sim: SimulatedGuild, *, draining: bool) -> None:
    """Keep jobs from being started, or let them."""
    sim.bot._lifecycle._runner._draining = draining  # pyright: ignore[reportPrivateUsage]


async def may_draw(scene: Scene, press: Awaitable[Any]) -> bool:
    before = len(scene.sim.relay_requests)
    await press
    return len(scene.sim.relay_requests) > before


async def may_cancel(scene: Scene, who: str) -> bool:
    # The job must not start before it is cancelled.
    _set_draining(scene.sim, draining=True)
    await scene.sim.alice.slash(scene.sim.channel, "imagine", prompt="a fox", size="1K")
    message = scene.sim.message
    (job_id,) = [int(custom_id.rpartition(":")[2]) for custom_id in buttons_of(message).values()][:1]
    pressed = await scene.sim.press(scene.people[who], "Cancel", message)
    if pressed.modal:
        await scene.sim.fill(scene.people[who], pressed)
    return (await scene.sim.app.services.queries.job(job_id)).state == "cancelled"


async def may_delete(scene: Scene, who: str) -> bool:
    person, card = scene.people[who], await scene.card(who)
    more = await scene.sim.press(person, "More", card)
    if "Delete" not in buttons_of(more.response.message):
        return False
    await scene.sim.confirm(person, more.response, "Delete")
    if who == "stranger":
        assert scene.sim.channel.history(), "the original stays where it is"
    return card.id not in [message.id for message in scene.place(who).history()]


async def may_post(scene: Scene, who: str) -> bool:
    await scene.card(who)
    page = await scene.people[who].slash(scene.place(who), "history")
    return "Post here again" in buttons_of(page.response.message)


async def may_again(scene: Scene, who: str) -> bool:
    return await may_draw(scene, scene.sim.press(scene.people[who], "Again", await scene.card(who)))


async def may_4k(scene: Scene, who: str) -> bool:
    return await may_draw(scene, scene.sim.press(scene.people[who], "4K", await scene.card(who)))


async def may_edit(scene: Scene, who: str) -> bool:
    form = await scene.sim.press(scene.people[who], "Edit", await scene.card(who))
    return await may_draw(scene, scene.sim.fill(scene.people[who], form, prompt="two foxes"))


async def may_remix(scene: Scene, who: str) -> bool:
    form = await scene.sim.press(scene.people[who], "Remix", await scene.card(who))
    return await may_draw(scene, scene.sim.fill(scene.people[who], form, prompt="at night", size="1K"))


async def may_more(scene: Scene, who: str) -> bool:
    more = await scene.sim.press(scene.people[who], "More", await scene.card(who))
    return bool(more.ephemeral) and "a fox" in text_of(more.response.message)


async def may_settings(scene: Scene, who: str) -> bool:
    panel = await scene.people[who].slash(scene.place(who), "settings")
    return bool(buttons_of(panel.response.message))


async def may_history(scene: Scene, who: str) -> bool:
    """Whether they can list the requester's results of the first server."""
    await scene.card(who)
    member = scene.requester_there if who == "stranger" else scene.sim.alice
    page = await scene.people[who].slash(scene.place(who), "history", member=member)
    assert page.ephemeral
    return f"job:remove:{scene.sim.first_job}" in buttons_of(page.response.message).values()


async def may_pause(scene: Scene, who: str) -> bool:
    """Whether they can pause a member of the first server."""
    user = scene.sim.env.create_user(f"target of {who}")
    target = scene.sim.guild.add_member(user)
    here = scene.other_channel.guild.add_member(user) if who == "stranger" else target
    form = await scene.people[who].context_menu(scene.place(who), "Pause pictures", here)
    if form.modal:
        await scene.sim.fill(scene.people[who], form)
    return not await may_draw(scene, scene.sim.press(target, "Again", await scene.card("other")))


CHECKS: dict[str, Callable[[Scene, str], Awaitable[bool]]] = {
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
async def test_everyone_may_do_what_the_table_says_and_no_more(scene: Scene, what: str) -> None:
    expected = dict(zip(PEOPLE, MAY[what].split(), strict=True))
    found = {who: "yes" if await CHECKS[what](scene, who) else "no" for who in PEOPLE if expected[who] != "-"}
    assert found == {who: may for who, may in expected.items() if may != "-"}
