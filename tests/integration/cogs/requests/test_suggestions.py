"""Autocompletion offers only visible results, and never fails."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import file_urls, gallery_of
from tests.support.photos import photo


async def draw(sim: SimulatedGuild, prompt: str, person: Any = None, channel: Any = None) -> discord.Message:
    channel = channel or sim.channel
    await (person or sim.alice).slash(channel, "imagine", prompt=prompt, size="1K")
    return channel.last_message


async def offered(
    sim: SimulatedGuild, typed: str = "", person: Any = None, channel: Any = None
) -> dict[str, str]:
    """Return the offered links by name, without their age."""
    person, channel = person or sim.alice, channel or sim.channel
    choices = await person.autocomplete(channel, "remix", "url", typed)
    return {choice["name"].rpartition(" · ")[0]: choice["value"] for choice in choices}


async def test_own_results_and_the_channels_are_offered_while_typing(sim: SimulatedGuild) -> None:
    other = sim.guild.create_text_channel("other")
    fox = await draw(sim, "a red fox in the snow")
    owl = await draw(sim, "an owl", person=sim.bob)
    away = await draw(sim, "a fox far away", channel=other)
    await draw(sim, "bob's fox far away", person=sim.bob, channel=other)
    assert await offered(sim) == {
        "a fox far away": away.jump_url,
        "an owl": owl.jump_url,
        "a red fox in the snow": fox.jump_url,
    }
    assert list(await offered(sim, " RED   fox ")) == ["a red fox in the snow"]
    assert await offered(sim, "nothing like that") == {}


async def test_an_offered_result_can_be_remixed(sim: SimulatedGuild) -> None:
    card = await draw(sim, "a fox")
    (link,) = (await offered(sim, "fox")).values()
    await sim.bob.slash(sim.channel, "remix", url=link, prompt="in winter", size="1K")
    assert sim.relay_requests[1]["image"] == file_urls(card)[0]
    assert gallery_of(sim.message)


async def test_offered_results_show_their_age_in_the_members_language(sim: SimulatedGuild) -> None:
    sim.set_locale(sim.bob, "zh-TW")
    await draw(sim, "a fox")
    await sim.skip_time(60)
    for person, ago in ((sim.alice, "1 minute ago"), (sim.bob, "1 分鐘前")):
        (choice,) = await person.autocomplete(sim.channel, "remix", "url", "")
        assert choice["name"] == f"a fox · {ago}"


async def test_offered_names_are_short_and_distinct(sim: SimulatedGuild) -> None:
    for _ in range(3):
        await draw(sim, "很长 " * 100)
    choices = await sim.alice.autocomplete(sim.channel, "remix", "url", "")
    assert len({choice["name"] for choice in choices}) == 3
    assert all(len(choice["name"]) <= 100 and len(choice["value"]) <= 100 for choice in choices)


@pytest.mark.parametrize("lost", ["view_channel", "read_message_history"])
async def test_results_that_are_no_longer_visible_are_not_offered(sim: SimulatedGuild, lost: str) -> None:
    staff = sim.guild.create_text_channel("staff")
    await draw(sim, "my own secret", channel=staff)
    assert list(await offered(sim)) == ["my own secret"]
    _, denied = discord.PermissionOverwrite(**{lost: False}).pair()
    everyone = Overwrite(sim.guild.default_role.id, OverwriteType.ROLE, deny=denied.value)
    sim.env.backend.set_overwrite(staff.id, everyone)
    await sim.env.settle()
    assert await offered(sim) == {}
    if lost != "view_channel":
        assert await offered(sim, channel=staff) == {}


async def test_results_of_other_servers_and_conversations_are_not_offered(sim: SimulatedGuild) -> None:
    await sim.alice.user.slash("imagine", prompt="between us", size="1K")
    elsewhere = sim.env.create_guild("Elsewhere")
    alice, bob = elsewhere.add_member(sim.alice.user), elsewhere.add_member(sim.bob.user)
    pictures = elsewhere.create_text_channel("pictures")
    await alice.slash(pictures, "imagine", prompt="elsewhere", size="1K")
    assert list(await offered(sim)) == ["between us"]
    assert list(await offered(sim, person=bob, channel=pictures)) == ["elsewhere"]
    assert await offered(sim, person=sim.bob) == {}
    choices = await sim.alice.user.autocomplete("remix", "url", "")
    assert [choice["name"].partition(" · ")[0] for choice in choices] == ["between us"]


async def test_ephemeral_results_are_not_offered(sim: SimulatedGuild) -> None:
    with sim.from_elsewhere(guild_id="4242"):
        await draw(sim, "as a guest")
    assert (await sim.app.services.queries.job(sim.first_job)).requester.guest
    assert await offered(sim) == {} and await offered(sim, person=sim.bob) == {}


async def test_a_spoiler_is_marked(sim: SimulatedGuild) -> None:
    spoiler = ("SPOILER_photo.jpg", photo(640, 480))
    shown = await sim.bob.send(sim.channel, "look", attachments=[spoiler])
    await sim.alice.slash(sim.channel, "remix", url=shown.jump_url, prompt="at night", size="1K")
    assert list(await offered(sim)) == ["Spoiler · at night"]


async def test_nothing_is_offered_for_a_link(sim: SimulatedGuild) -> None:
    await draw(sim, "https://example.com")
    assert await offered(sim, "https://example.com") == {}


async def test_a_failed_search_offers_nothing(sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch) -> None:
    await draw(sim, "a fox")

    async def broken(*_: Any, **__: Any) -> Any:
        raise LookupError("the database is away")

    monkeypatch.setattr(sim.app.services.queries, "suggestions", broken)
    assert await offered(sim) == {}
