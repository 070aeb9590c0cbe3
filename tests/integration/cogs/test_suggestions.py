"""What is offered while somebody types: only what they may see, and never an error."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from bot.demo.painter.paint import encode, paint
from tests.support.in_process.guild import Town, gallery_of


async def draw(town: Town, prompt: str, person: Any = None, channel: Any = None) -> discord.Message:
    channel = channel or town.channel
    await (person or town.alice).slash(channel, "imagine", prompt=prompt, size="1K")
    return channel.last_message


async def offered(town: Town, typed: str = "", person: Any = None, channel: Any = None) -> dict[str, str]:
    """What is offered: links by names, without how long ago it was."""
    person, channel = person or town.alice, channel or town.channel
    choices = await person.autocomplete(channel, "remix", "url", typed)
    return {choice["name"].rpartition(" · ")[0]: choice["value"] for choice in choices}


async def test_ones_own_and_the_channels_results_are_found_as_one_types(town: Town) -> None:
    other = town.guild.create_text_channel("other")
    fox = await draw(town, "a red fox in the snow")
    owl = await draw(town, "an owl", person=town.bob)
    away = await draw(town, "a fox far away", channel=other)
    await draw(town, "bob's fox far away", person=town.bob, channel=other)
    assert await offered(town) == {
        "a fox far away": away.jump_url,
        "an owl": owl.jump_url,
        "a red fox in the snow": fox.jump_url,
    }
    assert list(await offered(town, " RED   fox ")) == ["a red fox in the snow"]
    assert await offered(town, "nothing like that") == {}


async def test_a_pick_is_remixed(town: Town) -> None:
    card = await draw(town, "a fox")
    (link,) = (await offered(town, "fox")).values()
    await town.bob.slash(town.channel, "remix", url=link, prompt="in winter", size="1K")
    assert town.asked[1]["image"] == card.attachments[0].url
    assert gallery_of(town.message)


async def test_it_says_how_long_ago_in_the_persons_language(town: Town) -> None:
    town.speaks(town.bob, "zh-TW")
    await draw(town, "a fox")
    await town.env.advance_time(60)
    for person, ago in ((town.alice, "1 minute ago"), (town.bob, "1 分鐘前")):
        (choice,) = await person.autocomplete(town.channel, "remix", "url", "")
        assert choice["name"] == f"a fox · {ago}"


async def test_names_are_short_and_each_its_own(town: Town) -> None:
    for _ in range(3):
        await draw(town, "很长 " * 100)
    choices = await town.alice.autocomplete(town.channel, "remix", "url", "")
    assert len({choice["name"] for choice in choices}) == 3
    assert all(len(choice["name"]) <= 100 and len(choice["value"]) <= 100 for choice in choices)


@pytest.mark.parametrize("lost", ["view_channel", "read_message_history"])
async def test_what_one_can_not_see_any_more_is_not_offered(town: Town, lost: str) -> None:
    staff = town.guild.create_text_channel("staff")
    await draw(town, "my own secret", channel=staff)
    assert list(await offered(town)) == ["my own secret"]
    _, denied = discord.PermissionOverwrite(**{lost: False}).pair()
    everyone = Overwrite(town.guild.default_role.id, OverwriteType.ROLE, deny=denied.value)
    town.env.backend.set_overwrite(staff.id, everyone)
    await town.env.settle()
    assert await offered(town) == {}
    if lost != "view_channel":
        assert await offered(town, channel=staff) == {}


async def test_other_servers_and_others_conversations_are_not_offered(town: Town) -> None:
    await town.alice.user.slash("imagine", prompt="between us", size="1K")
    elsewhere = town.env.create_guild("Elsewhere")
    alice, bob = elsewhere.add_member(town.alice.user), elsewhere.add_member(town.bob.user)
    pictures = elsewhere.create_text_channel("pictures")
    await alice.slash(pictures, "imagine", prompt="elsewhere", size="1K")
    assert list(await offered(town)) == ["between us"]
    assert list(await offered(town, person=bob, channel=pictures)) == ["elsewhere"]
    assert await offered(town, person=town.bob) == {}
    choices = await town.alice.user.autocomplete("remix", "url", "")
    assert [choice["name"].partition(" · ")[0] for choice in choices] == ["between us"]


async def test_what_only_its_asker_sees_is_not_offered(town: Town) -> None:
    with town.abroad(guild_id="4242"):
        await draw(town, "as a guest")
    assert (await town.app.service.job(1)).requester.guest
    assert await offered(town) == {} and await offered(town, person=town.bob) == {}


async def test_a_spoiler_is_marked(town: Town) -> None:
    photo = encode(paint("a castle", width=640, height=480), "jpeg")
    shown = await town.bob.send(town.channel, "look", attachments=[("SPOILER_photo.jpg", photo)])
    await town.alice.slash(town.channel, "remix", url=shown.jump_url, prompt="at night", size="1K")
    assert list(await offered(town)) == ["Spoiler · at night"]


async def test_a_link_is_left_as_it_is(town: Town) -> None:
    await draw(town, "https://example.com")
    assert await offered(town, "https://example.com") == {}


async def test_what_fails_offers_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await draw(town, "a fox")

    async def broken(*_: Any, **__: Any) -> Any:
        raise LookupError("the database is away")

    monkeypatch.setattr(town.app.personal, "nearby", broken)
    assert await offered(town) == {}
