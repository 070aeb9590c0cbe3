"""Results posted again: the rules of the place apply, and a copy's buttons act on the copy."""

from __future__ import annotations

from typing import Any

import discord

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, gallery_of, text_of
from tests.support.in_process.settings_manager import change_settings

MODERATE = discord.PermissionOverwrite(manage_messages=True)


async def draw(sim: SimulatedGuild, channel: Any = None, prompt: str = "a fox", size: str = "1K") -> Any:
    channel = channel or sim.channel
    await sim.alice.slash(channel, "imagine", prompt=prompt, size=size)
    return channel.last_message


async def post(sim: SimulatedGuild, channel: Any, person: Any = None) -> Any:
    """Post the first result again in a channel."""
    person = person or sim.alice
    listed = await person.slash(channel, "history")
    return await person.click(listed.response, custom_id=f"job:post:{sim.first_job}")


async def delete(sim: SimulatedGuild, person: Any, message: discord.Message) -> Any:
    """Press More, then Delete, and confirm."""
    shown = await sim.press(person, "More", message)
    return await sim.confirm(person, shown.response, "Delete")


async def test_delete_under_a_copy_deletes_the_copy_only(sim: SimulatedGuild) -> None:
    card = await draw(sim)
    other = sim.guild.create_text_channel("other")
    await post(sim, other)
    assert gallery_of(other.last_message)
    await delete(sim, sim.alice, other.last_message)
    assert not other.history()
    assert sim.message.id == card.id
    await post(sim, other)
    assert gallery_of(other.last_message)


async def test_a_copy_is_deleted_by_the_moderators_of_its_server(sim: SimulatedGuild) -> None:
    card = await draw(sim)
    village = sim.env.create_guild("Village")
    there = village.create_text_channel("there")
    moderators = village.create_role("Chiefs", permissions=discord.Permissions(manage_messages=True))
    chief = village.add_member(sim.bob.user, roles=[moderators])
    await post(sim, there, village.add_member(sim.alice.user))
    await delete(sim, chief, there.last_message)
    assert there.last_message is None and sim.message.id == card.id


async def test_a_copys_settings_keep_referring_to_the_copy_after_a_star(sim: SimulatedGuild) -> None:
    await draw(sim)
    other = sim.guild.create_text_channel("other")
    await post(sim, other)
    shown = await sim.alice.click(other.last_message, custom_id=buttons_of(other.last_message)["More"])
    await sim.alice.click(shown.response, custom_id=buttons_of(shown.response.message)["☆ Star"])
    assert (await sim.app.services.queries.job(sim.first_job)).starred
    await sim.confirm(sim.alice, shown.response, "Delete")
    assert other.last_message is None and sim.channel.last_message is not None


async def test_a_result_is_not_posted_where_its_words_are_blocked(sim: SimulatedGuild) -> None:
    await draw(sim)
    other = sim.guild.create_text_channel("other")
    await change_settings(sim, blocked_words=("fox",))
    refused = await post(sim, other)
    assert refused.ephemeral and "words that aren't allowed in this server" in text_of(
        refused.response.message
    )
    assert other.last_message is None


async def test_a_result_is_not_posted_where_its_size_is_not_allowed(sim: SimulatedGuild) -> None:
    await draw(sim, size="2K")
    other = sim.guild.create_text_channel("other")
    await change_settings(sim, largest="1K")
    refused = await post(sim, other)
    assert "largest size in this server is 1K" in text_of(refused.response.message)
    assert other.last_message is None


async def test_a_result_from_an_age_restricted_channel_is_a_spoiler_elsewhere(sim: SimulatedGuild) -> None:
    adults = sim.guild.create_text_channel("adults")
    channel: Any = sim.bot.get_channel(adults.id)
    channel.nsfw = True  # SimCord has no age-restricted channels
    assert not gallery_of(await draw(sim, adults))[0].spoiler
    await post(sim, sim.channel)
    assert gallery_of(sim.message)[0].spoiler
    await post(sim, adults)
    assert not gallery_of(adults.last_message)[0].spoiler


async def test_manage_messages_in_one_channel_exempts_from_no_rule(sim: SimulatedGuild) -> None:
    helped = sim.guild.create_text_channel("helped", overwrites={sim.bob: MODERATE})
    card = await draw(sim, helped)
    await change_settings(sim, roles=frozenset({sim.moderators.id}))
    refused = await sim.bob.slash(helped, "imagine", prompt="an owl", size="1K")
    assert "members with one of these roles" in text_of(refused.response.message)
    shown = await sim.bob.click(card, custom_id=buttons_of(card)["More"])
    assert "Delete" not in buttons_of(shown.response.message)
    shown = await sim.moderator.click(card, custom_id=buttons_of(card)["More"])
    assert "Delete" in buttons_of(shown.response.message)


async def test_a_mention_is_under_the_same_rule(sim: SimulatedGuild) -> None:
    helped = sim.guild.create_text_channel("helped", overwrites={sim.bob: MODERATE})
    await change_settings(sim, roles=frozenset({sim.moderators.id}))
    me = sim.bot.user.id if sim.bot.user else 0
    await sim.bob.send(helped, f"<@{me}> an owl")
    await sim.finish_jobs()
    assert not sim.relay_requests
    assert "members with one of these roles" in text_of(helped.last_message)


async def test_only_a_message_with_the_result_counts_as_its_copy(sim: SimulatedGuild) -> None:
    card = await draw(sim)
    other = sim.guild.create_text_channel("other")
    await post(sim, other)
    await sim.bob.slash(other, "imagine", prompt="an owl", size="1K")
    copy, owl = other.history()[0], other.last_message
    look_alike = await sim.bob.send(other, "a fox")
    job, shows = await sim.app.services.queries.job(sim.first_job), sim.bot.intake.references.shows_result
    assert await shows(job, other.id, copy.id) and await shows(job, sim.channel.id, card.id)
    for channel_id, message_id in (
        (other.id, owl.id),
        (other.id, look_alike.id),
        (other.id, card.id),
        (other.id, 5),
        (5, copy.id),
    ):
        assert not await shows(job, channel_id, message_id)
