"""What moderators do: pause a member, look at what a member made in their server, delete it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import discord
from sqlalchemy import select

from bot.store.db.engine import open_engine
from bot.store.db.tables import audit
from bot.store.moderation import Deed
from tests.support.in_process.guild import Town, buttons_of, everything_in, open_town, text_of

SECRET = discord.PermissionOverwrite(view_channel=False)


async def ask(town: Town, person: Any, prompt: str, channel: Any = None) -> Any:
    return await person.slash(channel or town.channel, "imagine", prompt=prompt, size="1K")


async def pause(town: Town, person: Any, **filled: str) -> Any:
    """Pause by the menu and return what the moderator reads."""
    shown = await town.moderator.context_menu(town.channel, "Pause pictures", person)
    return await town.fill(town.moderator, shown, **filled)


def told(result: Any) -> str:
    """What somebody alone reads of an answer."""
    return text_of(result.followups[-1].message if result.followups else result.response.message)


async def deeds(folder: Path) -> list[tuple[int, int | None, Deed]]:
    """Read the audit once the town is closed."""
    async with open_engine(f"sqlite+aiosqlite:///{folder / 'jimeng.db'}") as engine:
        noted = select(audit.c.user_id, audit.c.member_id, audit.c.what).order_by(audit.c.id.desc())
        async with engine.connect() as connection:
            return [(row.user_id, row.member_id, row.what) for row in await connection.execute(noted)]


async def test_a_paused_member_reads_until_when_and_who_can_lift_it(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        result = await pause(town, town.alice, for_how_long="hour", why="spam")
        assert result.ephemeral and "is paused here" in text_of(result.response.message)
        refused = await ask(town, town.alice, "a fox")
        assert "A moderator paused pictures for you here, until <t:" in told(refused)
        assert "A moderator can lift that" in told(refused) and "spam" not in told(refused)
        await ask(town, town.bob, "an owl")
        assert [asked["prompt"] for asked in town.asked] == ["an owl"]
    ((by, member, deed),) = await deeds(tmp_path)
    assert by == town.moderator.id and deed["pause"]["reason"] == "spam"
    assert member == town.alice.id
    assert f"<t:{math.ceil(deed['pause']['until'])}:f>" in told(refused)


async def test_a_paused_member_posts_nothing_again(town: Town) -> None:
    await ask(town, town.alice, "a fox")
    page = await town.alice.slash(town.channel, "history")
    await pause(town, town.alice)
    refused = await town.alice.click(page.response, custom_id="job:post:1")
    assert "paused pictures for you" in told(refused)


async def test_a_pause_drops_what_waits_and_lets_what_is_drawn_be_drawn(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        await ask(town, town.alice, "one")
        await ask(town, town.alice, "two")
        card = town.message
        await ask(town, town.bob, "three")
        await pause(town, town.alice)
        shown = town.env.backend.get_message(town.channel.id, card.id)
        assert "Cancelled" in str(shown.components)
        await town.until_answered()
        assert [asked["prompt"] for asked in town.asked] == ["one", "three"]


async def test_a_pause_is_shown_changed_and_lifted(town: Town) -> None:
    await pause(town, town.alice, for_how_long="hour")
    shown = await town.moderator.context_menu(town.channel, "Pause pictures", town.alice)
    assert shown.ephemeral and "is paused here" in text_of(shown.response.message)
    assert list(buttons_of(shown.response.message)) == ["Lift the pause", "Change it"]
    form = await town.moderator.click(shown.response, custom_id=f"member:pause:{town.alice.id}")
    assert form.modal
    lifted = await town.moderator.click(shown.response, custom_id=f"member:lift:{town.alice.id}")
    assert "may ask for pictures here" in told(lifted)
    await ask(town, town.alice, "a fox")
    assert [asked["prompt"] for asked in town.asked] == ["a fox"]


async def test_a_pause_holds_in_its_server_alone(town: Town) -> None:
    await pause(town, town.alice)
    elsewhere = town.env.create_guild("Village")
    alice = elsewhere.add_member(town.alice.user)
    await alice.slash(elsewhere.create_text_channel("there"), "imagine", prompt="a fox", size="1K")
    assert [asked["prompt"] for asked in town.asked] == ["a fox"]


async def test_those_who_keep_order_and_bots_are_not_paused(town: Town) -> None:
    other = town.guild.add_member(town.env.create_user("mod2"), roles=[town.moderators])
    refused = await town.moderator.context_menu(town.channel, "Pause pictures", other)
    assert "Moderators can't be paused" in told(refused) and not refused.modal


async def test_the_menu_is_hidden_from_others_and_refuses_them(town: Town) -> None:
    (sync,) = [request for request in town.env.http_requests if request.method == "PUT"]
    (menu,) = [each for each in sync.json if each["name"] == "Pause pictures"]
    assert int(menu["default_member_permissions"]) == discord.Permissions(manage_messages=True).value
    assert (menu["contexts"], menu["integration_types"]) == ([0], [0])


async def history(town: Town, person: Any, **options: Any) -> Any:
    return await person.slash(town.channel, "history", **options)


async def test_a_moderator_looks_at_what_a_member_made_in_this_server_alone(town: Town) -> None:
    await ask(town, town.alice, "a fox")
    await ask(town, town.bob, "a crow")
    elsewhere = town.env.create_guild("Village")
    alice = elsewhere.add_member(town.alice.user)
    await alice.slash(elsewhere.create_text_channel("there"), "imagine", prompt="an owl", size="1K")
    result = await history(town, town.moderator, member=town.alice)
    assert result.ephemeral
    shown = result.response.message
    assert "A result of" in text_of(shown) and "a fox" in text_of(shown)
    assert "an owl" not in text_of(shown) and "a crow" not in text_of(shown)
    assert buttons_of(shown) == {"Delete": "job:remove:1", "Pause pictures": f"member:pause:{town.alice.id}"}


async def test_members_never_see_anothers_history(town: Town) -> None:
    await ask(town, town.alice, "a fox")
    refused = await history(town, town.bob, member=town.alice)
    assert refused.ephemeral and "Only a server's moderators" in told(refused)
    own = await history(town, town.alice, member=town.alice)
    assert "Your result" in text_of(own.response.message)


async def test_a_moderators_page_is_nobodys_once_the_role_is_gone(town: Town) -> None:
    for number in range(5):
        await ask(town, town.alice, f"picture {number}")
    page = await history(town, town.moderator, member=town.alice)
    older = buttons_of(page.response.message)["Older"]
    await town.moderator.click(page.response, custom_id=older)
    assert "picture 0" in text_of(page.response.message)
    town.env.backend.guilds[town.guild.id].members[town.moderator.id].role_ids.clear()
    await town.env.settle()
    newer = buttons_of(page.response.message)["Newer"]
    refused = await town.moderator.click(page.response, custom_id=newer)
    assert "Only a server's moderators" in told(refused)


async def test_a_search_among_a_members_results_outlives_the_turn_of_a_page(town: Town) -> None:
    for number in range(5):
        await ask(town, town.alice, f"fox {number}")
    await ask(town, town.alice, "an owl")
    page = await history(town, town.moderator, member=town.alice, search="fox")
    await town.moderator.click(page.response, custom_id=buttons_of(page.response.message)["Older"])
    assert "fox 0" in text_of(page.response.message) and "owl" not in text_of(page.response.message)


async def test_what_was_made_where_a_moderator_may_not_look_isnt_shown(town: Town) -> None:
    hidden = town.guild.create_text_channel("hidden", overwrites={town.moderators: SECRET})
    await ask(town, town.alice, "a secret", hidden)
    await ask(town, town.alice, "a fox")
    shown = await history(town, town.moderator, member=town.alice)
    assert "a fox" in text_of(shown.response.message) and "secret" not in text_of(shown.response.message)


async def test_a_moderator_deletes_from_the_list_and_that_is_noted(tmp_path: Path) -> None:
    async with open_town(tmp_path, KEEP_ORIGINALS="true") as town:
        await ask(town, town.alice, "a fox")
        assert len(list((tmp_path / "originals").rglob("*.*"))) == 1
        page = await history(town, town.moderator, member=town.alice)
        done = await town.moderator.click(page.response, custom_id="job:remove:1")
        assert "Deleted" in told(done)
        assert town.channel.last_message is None
        assert not list((tmp_path / "originals").rglob("*.*"))
        mine = await history(town, town.alice)
        assert "isn't there any more" in text_of(mine.response.message)
        again = await town.moderator.click(page.response, custom_id="job:remove:1")
        assert "Deleted" in told(again)
    assert (await deeds(tmp_path))[-1] == (
        town.moderator.id,
        town.alice.id,
        {"deleted": {"job": 1, "channel": town.channel.id}},
    )


async def test_ones_own_deletion_is_nobodys_business(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await ask(town, town.alice, "a fox")
        more = await town.press(town.alice, "More")
        await town.alice.click(more.response, custom_id="job:delete:1")
        assert town.channel.last_message is None
    assert await deeds(tmp_path) == []


async def test_a_moderator_elsewhere_has_no_say_here(town: Town) -> None:
    await ask(town, town.alice, "a fox")
    village = town.env.create_guild("Village")
    there = village.create_text_channel("there")
    alice = village.add_member(town.alice.user)
    chief = village.add_member(
        town.bob.user,
        roles=[village.create_role("Chiefs", permissions=discord.Permissions(manage_messages=True))],
    )
    page = await alice.slash(there, "history")
    await alice.click(page.response, custom_id="job:post:1")
    more = await chief.click(there.last_message, custom_id="job:more:1")
    assert "Delete" not in buttons_of(more.response.message)


async def test_a_result_in_a_thread_is_deleted_too(town: Town) -> None:
    town.env.backend.create_thread(town.channel.id, "foxes", town.alice.id)
    await town.env.settle()
    (thread,) = town.channel.threads
    await ask(town, town.alice, "a fox", thread)
    assert any(type(part).__name__ == "MediaGalleryComponent" for part in everything_in(thread.last_message))
    page = await history(town, town.moderator, member=town.alice)
    await town.moderator.click(page.response, custom_id="job:remove:1")
    assert thread.last_message is None
