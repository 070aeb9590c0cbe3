"""Direct messages, which need no mention, and replies that notify the bot."""

from __future__ import annotations

import discord
import pytest

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, gallery_of, text_of
from tests.support.in_process.messages import bot_mention, notifying_replies, write
from tests.support.in_process.settings_manager import change_settings


async def say(sim: SimulatedGuild, text: str, *, reply_to: discord.Message | None = None) -> discord.Message:
    """Send a direct message and return the newest message there."""
    channel = sim.alice.user.dm_channel.id
    reference = reply_to and {"channel_id": str(channel), "message_id": str(reply_to.id)}
    await sim.alice.user.send_dm(text, reference=reference)
    await sim.finish_jobs()
    return sim.alice.user.dm_channel.last_message


def prompts(sim: SimulatedGuild) -> list[str]:
    return [call["prompt"] for call in sim.relay_requests]


async def test_a_message_draws_and_a_reply_goes_on_with_its_picture(sim: SimulatedGuild) -> None:
    drawn = await say(sim, "1K a lighthouse in a storm")
    assert prompts(sim) == ["a lighthouse in a storm"] and gallery_of(drawn)
    remixed = await say(sim, "make it a calm night", reply_to=drawn)
    assert prompts(sim)[1] == "make it a calm night"
    assert f"jimeng-{sim.first_job}-" in sim.relay_requests[1]["image"]
    assert remixed.id != drawn.id and gallery_of(remixed)


@pytest.mark.parametrize("text", ["hi", "Hello there!", "谢谢", "fox", "灯塔", "👍", "thank you so much :)"])
async def test_small_talk_costs_nothing_and_is_answered_with_help(sim: SimulatedGuild, text: str) -> None:
    answer = await say(sim, text)
    assert not sim.relay_requests
    assert "Tell me what to draw" in text_of(answer)
    assert list(buttons_of(answer)) == ["Draw this"]


async def test_a_short_message_is_drawn_when_its_author_confirms_it(sim: SimulatedGuild) -> None:
    answer = await say(sim, "fox")
    await sim.alice.user.click(answer, custom_id=buttons_of(answer)["Draw this"])
    await sim.finish_jobs()
    assert prompts(sim) == ["fox"]
    messages = sim.alice.user.dm_channel.history()
    assert answer.id not in {message.id for message in messages} and gallery_of(messages[-1])


async def test_a_reply_that_notifies_the_bot_counts_where_the_server_says_so(sim: SimulatedGuild) -> None:
    await write(sim, sim.alice, f"{bot_mention(sim)} 1K a fox")
    card = sim.message
    with notifying_replies(sim):
        await write(sim, sim.bob, "now in winter", reply_to=card)
        assert "mention me" in sim.card and prompts(sim) == ["a fox"]
        await change_settings(sim, replies_without_mention=True)
        await write(sim, sim.bob, "thanks, that looks great!", reply_to=card)
        assert prompts(sim) == ["a fox"]
        await write(sim, sim.bob, "now in winter", reply_to=card)
    assert prompts(sim) == ["a fox", "now in winter"]
