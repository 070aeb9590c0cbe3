"""Moderators pause members, and list and delete their results."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import discord
from sqlalchemy import select

from bot.store.db.engine import open_engine
from bot.store.db.tables import audit
from bot.store.moderation import ModeratorAction
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, everything_in, text_of

SECRET = discord.PermissionOverwrite(view_channel=False)


async def ask(sim: SimulatedGuild, person: Any, prompt: str, channel: Any = None) -> Any:
    return await person.slash(channel or sim.channel, "imagine", prompt=prompt, size="1K")


async def pause(sim: SimulatedGuild, person: Any, **filled: str) -> Any:
    """Pause a member by the context menu and return the answer."""
    shown = await sim.moderator.context_menu(sim.channel, "Pause pictures", person)
    return await sim.fill(sim.moderator, shown, **filled)


def told(result: Any) -> str:
    """Return the text of the last ephemeral answer."""
    return text_of(result.followups[-1].message if result.followups else result.response.message)


async def audit_entries(folder: Path) -> list[tuple[int, int | None, ModeratorAction]]:
    """Read the audit log after the simulation is closed."""
    async with open_engine(f"sqlite:///{folder / 'jimeng.db'}", durable=False) as engine:
        noted = select(audit.c.user_id, audit.c.member_id, audit.c.what).order_by(audit.c.id.desc())
        with engine.connect() as connection:
            return [(row.user_id, row.member_id, row.what) for row in connection.execute(noted)]


async def test_a_paused_member_reads_until_when_by_whom_and_why(tmp_path: Path) -> None:
    async with open_simulation(tmp_path) as sim:
        result = await pause(sim, sim.alice, for_how_long="hour", reason="spam")
        assert result.ephemeral and "is paused here" in text_of(result.response.message)
        refused = await ask(sim, sim.alice, "a fox")
        assert f"<@{sim.moderator.id}> paused pictures for you in this server until <t:" in told(refused)
        assert "Reason: spam" in told(refused) and "A moderator can lift the pause" in told(refused)
        await ask(sim, sim.bob, "an owl")
        assert [asked["prompt"] for asked in sim.relay_requests] == ["an owl"]
    ((by, member, deed),) = await audit_entries(tmp_path)
    assert by == sim.moderator.id and deed["pause"]["reason"] == "spam"
    assert member == sim.alice.id
    assert f"<t:{math.ceil(deed['pause']['until'])}:f>" in told(refused)


async def test_a_paused_member_cannot_post_a_result_again(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice, "a fox")
    page = await sim.alice.slash(sim.channel, "history")
    await pause(sim, sim.alice)
    refused = await sim.alice.click(page.response, custom_id=f"job:post:{sim.first_job}")
    assert "paused pictures for you" in told(refused)


async def test_a_pause_cancels_waiting_requests_but_not_running_ones(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        await ask(sim, sim.alice, "one")
        await ask(sim, sim.alice, "two")
        card = sim.message
        await ask(sim, sim.bob, "three")
        await pause(sim, sim.alice, reason="spam")
        shown = str(sim.env.backend.get_message(sim.channel.id, card.id).components)
        assert "a moderator paused pictures for" in shown and "Reason: spam" in shown
        await sim.finish_jobs()
        assert [asked["prompt"] for asked in sim.relay_requests] == ["one", "three"]


async def test_a_pause_is_shown_changed_and_lifted(sim: SimulatedGuild) -> None:
    await pause(sim, sim.alice, for_how_long="hour")
    shown = await sim.moderator.context_menu(sim.channel, "Pause pictures", sim.alice)
    assert shown.ephemeral and "is paused here" in text_of(shown.response.message)
    assert list(buttons_of(shown.response.message)) == ["Lift the pause", "Change pause"]
    form = await sim.moderator.click(shown.response, custom_id=f"member:pause:{sim.alice.id}")
    assert form.modal
    lifted = await sim.moderator.click(shown.response, custom_id=f"member:lift:{sim.alice.id}")
    assert "can ask for pictures here" in told(lifted)
    await ask(sim, sim.alice, "a fox")
    assert [asked["prompt"] for asked in sim.relay_requests] == ["a fox"]


async def test_a_pause_applies_to_its_server_only(sim: SimulatedGuild) -> None:
    await pause(sim, sim.alice)
    elsewhere = sim.env.create_guild("Other server")
    alice = elsewhere.add_member(sim.alice.user)
    await alice.slash(elsewhere.create_text_channel("there"), "imagine", prompt="a fox", size="1K")
    assert [asked["prompt"] for asked in sim.relay_requests] == ["a fox"]


async def test_moderators_cannot_be_paused(sim: SimulatedGuild) -> None:
    other = sim.guild.add_member(sim.env.create_user("mod2"), roles=[sim.moderators])
    refused = await sim.moderator.context_menu(sim.channel, "Pause pictures", other)
    assert "Moderators can't be paused" in told(refused) and not refused.modal


async def test_the_menu_requires_manage_messages(sim: SimulatedGuild) -> None:
    (sync,) = [request for request in sim.env.http_requests if request.method == "PUT"]
    (menu,) = [each for each in sync.json if each["name"] == "Pause pictures"]
    assert int(menu["default_member_permissions"]) == discord.Permissions(manage_messages=True).value
    assert (menu["contexts"], menu["integration_types"]) == ([0], [0])


async def history(sim: SimulatedGuild, person: Any, **options: Any) -> Any:
    return await person.slash(sim.channel, "history", **options)


async def test_a_moderator_lists_a_members_results_of_this_server_only(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice, "a fox")
    await ask(sim, sim.bob, "a crow")
    elsewhere = sim.env.create_guild("Other server")
    alice = elsewhere.add_member(sim.alice.user)
    await alice.slash(elsewhere.create_text_channel("there"), "imagine", prompt="an owl", size="1K")
    result = await history(sim, sim.moderator, member=sim.alice)
    assert result.ephemeral
    shown = result.response.message
    assert "'s result in this server" in text_of(shown) and "a fox" in text_of(shown)
    assert "an owl" not in text_of(shown) and "a crow" not in text_of(shown)
    assert buttons_of(shown) == {
        "Delete": f"job:remove:{sim.first_job}",
        "Pause pictures": f"member:pause:{sim.alice.id}",
    }


async def test_members_cannot_see_another_members_history(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice, "a fox")
    refused = await history(sim, sim.bob, member=sim.alice)
    assert refused.ephemeral and "Only moderators can do that" in told(refused)
    own = await history(sim, sim.alice, member=sim.alice)
    assert "Your result" in text_of(own.response.message)


async def test_a_moderators_page_stops_working_without_the_role(sim: SimulatedGuild) -> None:
    for number in range(5):
        await ask(sim, sim.alice, f"picture {number}")
    page = await history(sim, sim.moderator, member=sim.alice)
    older = buttons_of(page.response.message)["Older"]
    await sim.moderator.click(page.response, custom_id=older)
    assert "picture 0" in text_of(page.response.message)
    sim.env.backend.guilds[sim.guild.id].members[sim.moderator.id].role_ids.clear()
    await sim.env.settle()
    newer = buttons_of(page.response.message)["Newer"]
    refused = await sim.moderator.click(page.response, custom_id=newer)
    assert "Only moderators can do that" in told(refused)


async def test_a_search_of_a_members_results_is_kept_on_the_next_page(sim: SimulatedGuild) -> None:
    for number in range(5):
        await ask(sim, sim.alice, f"fox {number}")
    await ask(sim, sim.alice, "an owl")
    page = await history(sim, sim.moderator, member=sim.alice, search="fox")
    await sim.moderator.click(page.response, custom_id=buttons_of(page.response.message)["Older"])
    assert "fox 0" in text_of(page.response.message) and "owl" not in text_of(page.response.message)


async def test_results_in_channels_hidden_from_the_moderator_are_not_listed(sim: SimulatedGuild) -> None:
    hidden = sim.guild.create_text_channel("hidden", overwrites={sim.moderators: SECRET})
    await ask(sim, sim.alice, "a secret", hidden)
    await ask(sim, sim.alice, "a fox")
    shown = await history(sim, sim.moderator, member=sim.alice)
    assert "a fox" in text_of(shown.response.message) and "secret" not in text_of(shown.response.message)


async def test_a_moderators_deletion_from_the_list_is_audited(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, KEEP_ORIGINALS="true") as sim:
        await ask(sim, sim.alice, "a fox")
        assert len(list((tmp_path / "originals").rglob("*.*"))) == 1
        page = await history(sim, sim.moderator, member=sim.alice)
        done = await sim.confirm(sim.moderator, page.response, "Delete")
        assert "Deleted" in told(done)
        assert sim.channel.last_message is None
        assert not list((tmp_path / "originals").rglob("*.*"))
        mine = await history(sim, sim.alice)
        assert "removed by a moderator" in text_of(mine.response.message)
        again = await sim.confirm(sim.moderator, page.response, "Delete")
        assert "Deleted" in told(again)
    assert (await audit_entries(tmp_path))[-1] == (
        sim.moderator.id,
        sim.alice.id,
        {"deleted": {"job": 1, "channel": sim.channel.id}},
    )


async def test_deleting_ones_own_result_is_not_audited(tmp_path: Path) -> None:
    async with open_simulation(tmp_path) as sim:
        await ask(sim, sim.alice, "a fox")
        more = await sim.press(sim.alice, "More")
        await sim.confirm(sim.alice, more.response, "Delete")
        assert sim.channel.last_message is None
    assert await audit_entries(tmp_path) == []


async def test_a_moderator_of_another_server_can_delete_only_the_copy_there(sim: SimulatedGuild) -> None:
    await ask(sim, sim.alice, "a fox")
    other_guild = sim.env.create_guild("Other server")
    there = other_guild.create_text_channel("there")
    alice = other_guild.add_member(sim.alice.user)
    moderator = other_guild.add_member(
        sim.bob.user,
        roles=[other_guild.create_role("Moderators", permissions=discord.Permissions(manage_messages=True))],
    )
    page = await alice.slash(there, "history")
    await alice.click(page.response, custom_id=f"job:post:{sim.first_job}")
    more = await moderator.click(there.last_message, custom_id=f"job:more:{sim.first_job}")
    await sim.confirm(moderator, more.response, "Delete")
    assert there.last_message is None and sim.channel.last_message is not None


async def test_a_result_in_a_thread_is_deleted(sim: SimulatedGuild) -> None:
    sim.env.backend.create_thread(sim.channel.id, "foxes", sim.alice.id)
    await sim.env.settle()
    (thread,) = sim.channel.threads
    await ask(sim, sim.alice, "a fox", thread)
    assert any(type(part).__name__ == "MediaGalleryComponent" for part in everything_in(thread.last_message))
    page = await history(sim, sim.moderator, member=sim.alice)
    await sim.confirm(sim.moderator, page.response, "Delete")
    assert thread.last_message is None
