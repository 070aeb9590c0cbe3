"""What members see of bans, own limits and the pause of everything."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import discord

from bot.domain.controls.acts import Operator, Target
from bot.domain.controls.own_limits import OwnLimits
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import gallery_of, text_of

OPERATOR = Operator(who="console", origin="127.0.0.1")


async def ask(sim: SimulatedGuild, person: Any, prompt: str = "a fox") -> Any:
    return await person.slash(sim.channel, "imagine", prompt=prompt, size="1K")


async def operate(sim: SimulatedGuild, act: Coroutine[Any, Any, object]) -> None:
    """Do an operator's act among the bot's own tasks, as the console does."""

    async def on_message(message: discord.Message) -> None:
        if message.author.id == sim.bob.id:
            await act

    sim.bot.add_listener(on_message)
    await sim.bob.send(sim.channel, "now")
    sim.bot.remove_listener(on_message)


async def test_requests_wait_with_the_operators_notice_and_are_drawn_afterwards(sim: SimulatedGuild) -> None:
    await sim.app.operator.global_pause.pause("Back at **noon**\nor so", by=OPERATOR)
    await ask(sim, sim.alice)
    card = sim.message
    assert "the bot's operator paused all drawing" in text_of(card)
    assert r"> Back at \*\*noon\*\* or so" in text_of(card)
    shown = await sim.alice.slash(sim.channel, "queue")
    assert "paused all drawing" in text_of(shown.response.message)
    await sim.env.advance_time(10)
    assert sim.relay_requests == []
    await operate(sim, sim.app.operator.global_pause.resume(by=OPERATOR))
    await sim.env.advance_time(10)
    assert [gallery_of(found) for found in sim.channel.history() if found.id == card.id] != [[]]


async def test_a_waiting_card_shows_a_pause_that_begins_later_and_its_changed_notice(
    gated_sim: SimulatedGuild,
) -> None:
    sim = gated_sim
    for prompt in ("a fox", "an owl", "a newt"):
        await ask(sim, sim.alice, prompt)
    waiting = sim.message
    for notice in ("Maintenance", "It takes longer"):
        await operate(sim, sim.app.operator.global_pause.pause(notice, by=OPERATOR))
        await sim.env.advance_time(12)
        (card,) = [text_of(each) for each in sim.channel.history() if each.id == waiting.id]
        assert f"> {notice}" in card
    await sim.app.operator.global_pause.resume(by=OPERATOR)


async def test_a_ban_cancels_what_waits_and_refuses_privately(gated_sim: SimulatedGuild) -> None:
    sim, alice = gated_sim, Target(kind="member", id=gated_sim.alice.id)
    for prompt in ("a fox", "an owl", "a newt"):
        await ask(sim, sim.alice, prompt)
    waiting = sim.message
    await operate(sim, sim.app.operator.bans.ban(alice, by=OPERATOR, reason="**spam**"))
    await sim.env.advance_time(6)
    (card,) = [text_of(each) for each in sim.channel.history() if each.id == waiting.id]
    assert "Cancelled** by the bot's operator" in card and "spam" not in card
    refused = await ask(sim, sim.alice, "more")
    told = text_of(refused.followups[-1].message)
    assert "The bot's operator doesn't accept your requests." in told and r"Reason: \*\*spam\*\*" in told
    await sim.app.operator.bans.unban(alice, by=OPERATOR)
    await ask(sim, sim.alice, "again")
    assert "Waiting" in sim.card


async def test_an_own_limit_is_effective_at_once(sim: SimulatedGuild) -> None:
    alice = Target(kind="member", id=sim.alice.id)
    await sim.app.operator.limits.set(alice, OwnLimits(pictures=1), by=OPERATOR)
    shown = text_of((await sim.alice.slash(sim.channel, "usage")).response.message)
    assert "Used today in all servers and DMs: 0 of 1." in shown
    await ask(sim, sim.alice)
    refused = await ask(sim, sim.alice)
    assert "0 of today's 1" in text_of(refused.followups[-1].message)
    await sim.app.operator.limits.set(alice, OwnLimits(), by=OPERATOR)
    await ask(sim, sim.alice)
    assert len(sim.relay_requests) == 2
